using HubChat.Server.Chats.Watching;
using HubChat.Server.Errors;
using HubChat.Server.Identity;
using HubChat.Server.Ids;
using HubChat.Server.Text;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Chats;

/// <summary>What people do with chats: make, rename, set up, list and delete them.</summary>
internal sealed class ChatService(
    ChatChanges changes, IChatStore store, InboxFeed inbox, IModelNames models, IOptions<ChatOptions> options, TimeProvider time)
{
    public async Task<ChatView> CreateAsync(CreateChat command, CurrentUser user, CancellationToken cancellationToken)
    {
        ChatAccess.RequireScope(user);
        var now = time.GetUtcNow();
        var chat = new Chat { Id = TypedId.New<ChatId>(time), OwnerId = user.Id, CreatedAt = now, ActivityAt = now };
        if (command.Title is { } title)
        {
            chat.Title = TextRules.RequireLine(title, Chat.MaxTitleLength, "A title");
            chat.TitleSource = TitleSource.User;
        }

        Apply(command.Settings, chat, user);
        return await changes.CreateAsync(
            chat,
            options.Value.MaxChatsPerOwner,
            async change =>
            {
                var people = new List<ParticipantView>();
                people.Add(Participants.Open(change, user));
                foreach (var name in command.UserNames.Distinct(StringComparer.OrdinalIgnoreCase))
                {
                    var person = await Participants.RequirePersonAsync(change, name);
                    if (people.All(participant => participant.UserId != person.Id))
                    {
                        Participants.RequireRoom(chat, options.Value);
                        people.Add(Participants.Join(change, user.Id, person, ParticipantRole.Member));
                    }
                }

                return new ChatView(chat, people, user.Id);
            },
            cancellationToken);
    }

    public async Task<ChatView> GetAsync(ChatId chatId, CurrentUser user, CancellationToken cancellationToken)
    {
        var grant = await store.AuthorizeAsync(chatId, user, ChatOperation.Read, cancellationToken);
        return await store.GetChatAsync(grant, cancellationToken);
    }

    public async Task<ChatView> RenameAsync(ChatId chatId, string title, CurrentUser user, CancellationToken cancellationToken)
    {
        var line = TextRules.RequireLine(title, Chat.MaxTitleLength, "A title");
        await changes.ApplyAsync(
            chatId,
            user,
            ChatOperation.Manage,
            (change, _) => Task.FromResult(Rename(change, line, TitleSource.User, user.Id)),
            cancellationToken);
        return await GetAsync(chatId, user, cancellationToken);
    }

    /// <summary>Gives a chat the title a model proposed, unless a person has named it meanwhile.</summary>
    /// <param name="chatId">The chat.</param>
    /// <param name="title">One line.</param>
    /// <param name="replaces">Up to where a title that is there comes from a lesser source.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<bool> SuggestTitleAsync(ChatId chatId, string title, TitleSource replaces, CancellationToken cancellationToken) =>
        changes.ApplyAsync(
            chatId,
            change => Task.FromResult(change.Chat.TitleSource <= replaces && Rename(change, title, TitleSource.Model, actor: null)),
            cancellationToken);

    public async Task<ChatView> UpdateSettingsAsync(ChatId chatId, UpdateSettings command, CurrentUser user, CancellationToken cancellationToken)
    {
        await changes.ApplyAsync(
            chatId,
            user,
            ChatOperation.Manage,
            (change, _) =>
            {
                var before = (ChatSettings.Of(change.Chat), change.Chat.SystemPrompt);
                Apply(command, change.Chat, user);
                var after = (Settings: ChatSettings.Of(change.Chat), change.Chat.SystemPrompt);
                if (after != before)
                {
                    change.Raise(ChatEventType.ChatSettingsChanged, new(user.Id), new EventData { Settings = after.Settings });
                }

                return Task.FromResult(true);
            },
            cancellationToken);
        return await GetAsync(chatId, user, cancellationToken);
    }

    /// <summary>Deletes a chat for everybody. Replies that are being written end, watches are closed.</summary>
    public Task DeleteAsync(ChatId chatId, CurrentUser user, CancellationToken cancellationToken) => changes.DeleteAsync(chatId, user, cancellationToken);

    public Task<ChatPage> ListAsync(ListChats query, CurrentUser user, CancellationToken cancellationToken)
    {
        ChatAccess.RequireScope(user);
        return query.Limit < 1 || query.Limit > options.Value.MaxPageSize
            ? throw ChatException.InvalidRequest($"limit must be between 1 and {options.Value.MaxPageSize}.")
            : store.ListAsync(query, user, cancellationToken);
    }

    public Task<ChatListing> ListAsync(ListChatPage query, CurrentUser user, CancellationToken cancellationToken)
    {
        ChatAccess.RequireScope(user);
        return store.ListAsync(query, user, cancellationToken);
    }

    /// <summary>Pins or archives a chat for one person.</summary>
    public async Task<ChatSummary> SetFlagsAsync(SetChatFlags command, CurrentUser user, CancellationToken cancellationToken)
    {
        ChatAccess.RequireScope(user);
        await changes.ApplyAsync(
            command.ChatId,
            user,
            ChatOperation.KeepPlace,
            (change, _) => SetFlagsAsync(change, command, user),
            cancellationToken);
        await AnnounceFlagsAsync(command.ChatId, user);
        return (await store.GetSummariesAsync(command.ChatId, [user.Id], cancellationToken)).GetValueOrDefault(user.Id)
            ?? throw ChatException.NotFound("chat");
    }

    /// <summary>Renames a chat and sets what is to be set of one person's flags, all or nothing.</summary>
    public async Task RenameAsync(ChatId chatId, string title, SetChatFlags flags, CurrentUser user, CancellationToken cancellationToken)
    {
        var line = TextRules.RequireLine(title, Chat.MaxTitleLength, "A title");
        await changes.ApplyAsync(
            chatId,
            user,
            ChatOperation.Manage,
            async (change, _) => Rename(change, line, TitleSource.User, user.Id) && await SetFlagsAsync(change, flags, user),
            cancellationToken);
        await AnnounceFlagsAsync(chatId, user);
    }

    private static async Task<bool> SetFlagsAsync(IChatTransaction change, SetChatFlags flags, CurrentUser user)
    {
        var participant = (await change.FindParticipantAsync(user.Id))!;
        participant.Pinned = flags.Pinned ?? participant.Pinned;
        participant.Archived = flags.Archived ?? participant.Archived;
        return true;
    }

    private async Task AnnounceFlagsAsync(ChatId chatId, CurrentUser user)
    {
        await changes.AnnounceMarkAsync(chatId, user.Id);
        inbox.Changed(chatId);
    }

    private static bool Rename(IChatTransaction change, string title, TitleSource source, UserId? actor)
    {
        change.Chat.Title = title;
        change.Chat.TitleSource = source;
        change.Raise(ChatEventType.ChatRenamed, new(actor), new EventData { Title = title, TitleSource = source });
        return true;
    }

    private void Apply(UpdateSettings command, Chat chat, CurrentUser user)
    {
        if (command.Model is { IsSet: true, Value: { } model } && !models.NamesFor(user.Role).Contains(model))
        {
            throw ChatException.Invalid("model_unknown", $"There is no model of this name. There are: {string.Join(", ", models.NamesFor(user.Role))}.");
        }

        if (command.Temperature is { IsSet: true, Value: not (null or (>= 0 and <= 2)) })
        {
            throw ChatException.InvalidRequest("temperature must be between 0 and 2.");
        }

        if (command.SystemPrompt is { IsSet: true, Value: { Length: > 0 } prompt })
        {
            TextRules.Require(prompt, Chat.MaxSystemPromptLength, "A system prompt");
        }

        chat.Assistant = command.Assistant.Or(chat.Assistant);
        chat.Model = command.Model.Or(chat.Model);
        chat.SystemPrompt = command.SystemPrompt.Or(chat.SystemPrompt) is { Length: > 0 } text ? text : null;
        chat.Temperature = command.Temperature.Or(chat.Temperature);
        chat.WhoMayStop = command.WhoMayStop.Or(chat.WhoMayStop);
    }
}
