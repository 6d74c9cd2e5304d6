using HubChat.Server.Chats;
using HubChat.Server.Chats.Watching;
using HubChat.Server.Errors;
using HubChat.Server.Realtime;
using HubChat.Server.Text;

namespace HubChat.Server.Endpoints.Hubs;

/// <summary>From the hub's wire records to commands, and from views to wire records.</summary>
internal static class HubMapping
{
    private const int PreviewLength = 120;

    public static CreateChat ToCommand(this CreateChatRequest request) => request.Participants?.Contains(null!) == true
        ? throw ChatException.InvalidRequest("A participant is null.")
        : new CreateChat(request.Title, request.Participants ?? [], request.Settings.ToCommand());

    public static UpdateSettings ToCommand(this SettingsRequest? request) => request switch
    {
        null => new UpdateSettings(default, default, default, default, default),
        { Assistant: { IsSet: true, Value: AssistantMode.Default } } => throw ChatException.InvalidRequest("For the default give null."),
        _ => new UpdateSettings(
            OrDefault(request.Assistant), request.Model, request.SystemPrompt, request.Temperature, OrDefault(request.WhoMayStop)),
    };

    public static SearchMessages ToCommand(this SearchMessagesRequest request)
    {
        var before = request.Before is null ? (SearchPosition?)null
            : SearchPosition.Parse(request.Before) ?? throw ChatException.InvalidRequest("before must be what the former page gave as next.");
        return new SearchMessages(request.Query, request.ChatId, before, request.Limit);
    }

    public static SearchItem ToItem(this SearchPage page) => new([.. page.Hits.Select(ToItem)], page.Next?.ToString());

    public static WatchPosition ToPosition(this WatchRequest request)
    {
        if (request.AfterSeq < 0 || request.Generations?.Any(position => position is null or { Off: < 0 } or { Epoch: < 0 }) == true)
        {
            throw ChatException.InvalidRequest("afterSeq, epoch and off must not be negative, and no position null.");
        }

        if (request.Generations is { Count: > 100 })
        {
            throw ChatException.InvalidRequest("A position may name 100 generations.");
        }

        var generations = (request.Generations ?? [])
            .GroupBy(position => position.Id)
            .ToDictionary(group => group.Key, group => new StreamPosition(group.Last().Epoch, group.Last().Off));
        return new WatchPosition(request.AfterSeq, generations);
    }

    public static ChatItem ToItem(this ChatView view)
    {
        var chat = view.Chat;
        var settings = ChatSettings.Of(chat).ToItem();
        return new ChatItem(
            chat.Id, chat.Title, chat.TitleSource, chat.OwnerId,
            view.Caller == chat.OwnerId ? settings with { SystemPrompt = chat.SystemPrompt } : settings,
            [.. view.Participants.Select(ToItem)], chat.LastSeq, chat.HeadId, chat.CreatedAt);
    }

    public static ParticipantItem ToItem(this ParticipantView view) =>
        new(view.UserId, view.UserName, view.DisplayName, view.Role, view.JoinedSeq, view.ReadSeq);

    public static MessageItem ToItem(this MessageView view)
    {
        var message = view.Message;
        var isReply = message.Role is MessageRole.Assistant;
        return new MessageItem
        {
            Id = message.Id,
            Seq = message.Seq,
            ChangedSeq = message.ChangedSeq,
            Role = message.Role,
            AuthorId = isReply ? null : message.AuthorId,
            AuthorName = view.AuthorName,
            Text = message.Text,
            State = message.State,
            ParentId = message.ParentId,
            EditOf = message.EditOf,
            ClientMessageId = message.ClientMessageId,
            GenerationId = message.GenerationId,
            AskerId = isReply ? message.AuthorId : null,
            Model = message.Model,
            InputTokens = message.InputTokens,
            OutputTokens = message.OutputTokens,
            FinishReason = message.FinishReason,
            Error = ToErrorItem(message.ErrorCode, message.RetryAt),
            StoppedBy = message.StoppedBy,
            CreatedAt = message.CreatedAt,
            DeletedAt = message.DeletedAt,
        };
    }

    public static EventItem ToItem(this ChatEventView view)
    {
        var chatEvent = view.Event;
        return new EventItem
        {
            Seq = chatEvent.Seq,
            Type = NameOf(chatEvent.Type),
            At = chatEvent.At,
            ActorId = chatEvent.ActorId,
            Title = view.Title,
            TitleSource = chatEvent.Data?.TitleSource,
            Settings = chatEvent.Data?.Settings?.ToItem(),
            Participant = view.Participant?.ToItem(),
            Assistant = chatEvent.Data?.Assistant,
            UserId = view.Participant is null ? chatEvent.SubjectId : null,
            Role = view.Participant is null ? chatEvent.Data?.Role : null,
            Message = chatEvent.Type is ChatEventType.MessageDeleted or ChatEventType.GenerationStarted or ChatEventType.ChatRenamed
                ? null
                : view.Message?.ToItem(),
            MessageId = chatEvent.Type is ChatEventType.MessageDeleted or ChatEventType.GenerationStarted ? chatEvent.MessageId : null,
            GenerationId = chatEvent.Type is ChatEventType.GenerationStarted ? chatEvent.GenerationId : null,
            Epoch = chatEvent.Data?.Epoch,
            ReadSeq = chatEvent.Data?.ReadSeq,
        };
    }

    public static PostResult ToItem(this PostedMessage posted) =>
        new(posted.MessageId, posted.Seq, posted.CreatedAt, posted.ReplyId, posted.GenerationId, posted.Duplicate);

    public static ReplyDeltaItem ToItem(this Delta delta) => new ReplyDeltaItem { Kind = "" }.With(delta);

    /// <summary>Fills in what a delta says; a record copies itself as what it is.</summary>
    public static TItem With<TItem>(this TItem item, Delta delta)
        where TItem : ReplyFields
    {
        ReplyFields fields = item;
        fields = fields with
        {
            GenerationId = delta.GenerationId,
            MessageId = delta.MessageId,
            Epoch = delta.Epoch,
            N = delta.Number,
        };
        return (TItem)(delta switch
        {
            DeltaReset reset => fields with { Kind = "reset", Text = reset.Text },
            DeltaText text => fields with { Kind = "delta", Off = text.Offset, Text = text.Text },
            DeltaDone { End: var end } => fields with
            {
                Kind = "done",
                State = end.State,
                Length = end.Length,
                Hash = end.Hash,
                Error = ToErrorItem(end.ErrorCode, end.RetryAt),
            },
            _ => throw new ArgumentOutOfRangeException(nameof(delta)),
        });
    }

    public static WatchItem ToItem(this WatchResult result) => new(
        result.ChatId,
        result.Snapshot is { } snapshot
            ? new SnapshotItem(
                snapshot.Chat.ToItem(), [.. snapshot.Messages.Messages.Select(ToItem)], snapshot.Messages.HasMore, result.Presence)
            : null,
        result.Snapshot is null ? [.. result.Events.Select(ToItem)] : null,
        result.Snapshot is null ? [.. result.Replies.Select(ToItem)] : null,
        result.Snapshot is null ? result.Presence : null,
        new PositionItem(
            result.Position.Seq ?? 0,
            [.. result.Position.Generations.Select(at => new GenerationPosition(at.Key, at.Value.Epoch, at.Value.Offset))]));

    public static ChatSummaryItem ToItem(this ChatSummary chat) => new(
        chat.Id, chat.Title, chat.Role, chat.Seq, chat.ReadSeq, chat.Unread, chat.Running, chat.Pinned, chat.Archived, chat.ParticipantCount,
        chat.ActivityAt,
        chat.LastMessage is { Message: var message } view
            ? new LastMessageItem(
                message.Id, message.Role, message.Role is MessageRole.User ? message.AuthorId : null, view.AuthorName, Preview(message.Text),
                message.State, message.CreatedAt)
            : null);

    public static ReplyErrorItem? ToErrorItem(string? code, DateTimeOffset? retryAt) =>
        code is null ? null : new ReplyErrorItem(code, ReplyErrorTexts.Of(code), retryAt);

    private static SearchHitItem ToItem(SearchHit hit) => new(
        hit.Message.ChatId, hit.Message.ChatTitle, hit.Message.Id, hit.Message.Seq, hit.Message.Role,
        hit.Message.Role is MessageRole.User ? hit.Message.AuthorId : null, hit.Message.AuthorName, hit.Message.CreatedAt,
        new SnippetItem(hit.Snippet.Text, [.. hit.Snippet.Hits.Select(range => new RangeItem(range.Off, range.Length))]));

    private static SettingsItem ToItem(this ChatSettings settings) =>
        new(settings.Assistant, settings.AssistantIsDefault, settings.Model, settings.Temperature, settings.WhoMayStop);

    private static Optional<T> OrDefault<T>(Optional<T?> value)
        where T : struct => value.IsSet ? value.Value ?? default(T) : default(Optional<T>);

    private static string Preview(string text)
    {
        var line = text.ReplaceLineEndings(" ");
        return line.Length <= PreviewLength ? line : TextRules.Head(line, PreviewLength) + "…";
    }

    // "ParticipantJoined" is "participant.joined" on the wire: the first word is the subject.
    private static string NameOf(ChatEventType type)
    {
        var name = type.ToString();
        var verb = name.AsSpan(1).IndexOfAnyInRange('A', 'Z') + 1;
        return $"{char.ToLowerInvariant(name[0])}{name.AsSpan(1, verb - 1)}.{char.ToLowerInvariant(name[verb])}{name.AsSpan(verb + 1)}";
    }
}
