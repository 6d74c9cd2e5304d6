using HubChat.Server.Errors;
using HubChat.Server.Identity;
using HubChat.Server.Ids;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Chats;

/// <summary>Who is in a chat, and as what.</summary>
internal sealed class ParticipantService(ChatChanges changes, ChatService chats, IChatStore store, IOptions<ChatOptions> options)
{
    /// <summary>Adds a person; doing it again changes nothing.</summary>
    /// <exception cref="ChatException">not_found for an unknown name; already_participant when the person is here in another role.</exception>
    public Task<ParticipantView> AddAsync(AddParticipant command, CurrentUser user, CancellationToken cancellationToken)
    {
        RequireGivable(command.Role);
        return changes.ApplyAsync(
            command.ChatId,
            user,
            ChatOperation.Manage,
            async (change, _) =>
            {
                var person = await Participants.RequirePersonAsync(change, command.UserName);
                if (await change.FindParticipantAsync(person.Id) is { } present)
                {
                    return present.Role == command.Role
                        ? View(person, present)
                        : throw ChatException.Conflict("already_participant", $"{person.UserName} is in this chat already, as {WireNames.Of(present.Role)}.");
                }

                Participants.RequireRoom(change.Chat, options.Value);
                return Participants.Join(change, user.Id, person, command.Role);
            },
            cancellationToken);
    }

    /// <summary>Removes a person, or lets the caller leave. What that person watches here is closed with the event.</summary>
    public Task RemoveAsync(ChatId chatId, UserId userId, CurrentUser user, CancellationToken cancellationToken) =>
        changes.ApplyAsync(
            chatId,
            user,
            userId == user.Id ? ChatOperation.Leave : ChatOperation.Manage,
            async (change, _) =>
            {
                Participants.Leave(change, user.Id, await RequireAsync(change, userId));
                return true;
            },
            cancellationToken);

    public Task<ParticipantView> ChangeRoleAsync(ChangeRole command, CurrentUser user, CancellationToken cancellationToken)
    {
        RequireGivable(command.Role);
        return changes.ApplyAsync(
            command.ChatId,
            user,
            ChatOperation.Manage,
            async (change, _) =>
            {
                var participant = await RequireAsync(change, command.UserId);
                if (participant.Role is ParticipantRole.Owner)
                {
                    throw ChatException.Forbidden("The owner's role cannot be changed.");
                }

                if (participant.Role != command.Role)
                {
                    participant.Role = command.Role;
                    change.Raise(
                        ChatEventType.ParticipantRoleChanged,
                        new(user.Id, Subject: command.UserId),
                        new EventData { Role = command.Role });
                }

                return View((await change.FindPersonAsync(command.UserId))!, participant);
            },
            cancellationToken);
    }

    /// <summary>Before an account is deleted: its own chats go with it, the others are left.</summary>
    public async Task LeaveEverywhereAsync(CurrentUser user, CancellationToken cancellationToken)
    {
        foreach (var (chatId, role) in await store.GetMembershipsAsync(user.Id, cancellationToken))
        {
            if (role is ParticipantRole.Owner)
            {
                await chats.DeleteAsync(chatId, user, cancellationToken);
            }
            else
            {
                await RemoveAsync(chatId, user.Id, user, cancellationToken);
            }
        }
    }

    private static async Task<Participant> RequireAsync(IChatTransaction change, UserId userId) =>
        await change.FindParticipantAsync(userId) ?? throw ChatException.NotFound("participant");

    private static void RequireGivable(ParticipantRole role)
    {
        if (role is ParticipantRole.Owner)
        {
            throw ChatException.InvalidRequest("role must be member or reader.");
        }
    }

    private static ParticipantView View(PersonView person, Participant participant) =>
        new(person.Id, person.UserName, person.DisplayName, participant.Role, participant.JoinedSeq, participant.ReadSeq);
}
