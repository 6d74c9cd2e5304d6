using HubChat.Server.Errors;
using HubChat.Server.Identity;
using HubChat.Server.Ids;

namespace HubChat.Server.Chats;

/// <summary>Joining and leaving, as steps of a change.</summary>
internal static class Participants
{
    public static async Task<PersonView> RequirePersonAsync(IChatTransaction change, string userName) =>
        await change.FindPersonAsync(userName) ?? throw ChatException.NotFound("user name");

    public static void RequireRoom(Chat chat, ChatOptions options)
    {
        if (chat.ParticipantCount >= options.MaxParticipants)
        {
            throw ChatException.LimitReached("limit_reached", $"A chat may have {options.MaxParticipants} participants.");
        }
    }

    /// <summary>Begins a chat, with its owner in it.</summary>
    public static ParticipantView Open(IChatTransaction change, CurrentUser owner)
    {
        change.Raise(ChatEventType.ChatCreated, new(owner.Id), new EventData { Title = change.Chat.Title, Settings = ChatSettings.Of(change.Chat) });
        return Join(change, owner.Id, new PersonView(owner.Id, owner.UserName, owner.DisplayName), ParticipantRole.Owner);
    }

    public static ParticipantView Join(IChatTransaction change, UserId actor, PersonView person, ParticipantRole role)
    {
        var chat = change.Chat;
        chat.ParticipantCount++;
        var view = new ParticipantView(person.Id, person.UserName, person.DisplayName, role, chat.LastSeq + 1, ReadSeq: 0);
        change.Raise(
            ChatEventType.ParticipantJoined,
            new(actor, Participant: view, Subject: person.Id),
            new EventData { Role = role, Assistant = chat.EffectiveAssistant });
        change.Add(new Participant { ChatId = chat.Id, UserId = person.Id, Role = role, JoinedSeq = chat.LastSeq });
        return view;
    }

    public static void Leave(IChatTransaction change, UserId actor, Participant participant)
    {
        change.Chat.ParticipantCount--;
        change.Remove(participant);
        change.Raise(
            ChatEventType.ParticipantLeft,
            new(actor, Subject: participant.UserId),
            new EventData { Assistant = change.Chat.EffectiveAssistant });
    }
}
