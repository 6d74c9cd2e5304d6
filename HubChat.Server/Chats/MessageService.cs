using HubChat.Server.Errors;
using HubChat.Server.Identity;
using HubChat.Server.Ids;
using HubChat.Server.Text;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Chats;

/// <summary>What people do with messages.</summary>
internal sealed class MessageService(ChatChanges changes, IChatStore store, ReplyQueue replies, IOptions<ChatOptions> options, TimeProvider time)
{
    /// <summary>The code of a question that must not wait while another reply is being written.</summary>
    public const string ChatBusy = "chat_busy";

    // What was sent once is answered for ever, also to somebody who may only read by now. Whatever is new needs more.
    private const ChatOperation RepeatedSend = ChatOperation.Read;

    /// <exception cref="ChatException">The text, the id or the parent is refused, the queue is full, or the caller may not write here.</exception>
    public Task<PostedMessage> PostAsync(PostMessage command, CurrentUser user, CancellationToken cancellationToken)
    {
        Require(command);
        return changes.ApplyAsync(
            command.ChatId,
            user,
            RepeatedSend,
            async (change, grant) =>
            {
                if (await FindRepeatedAsync(change, user, command.ClientMessageId, HashOf(command)) is { } earlier)
                {
                    return command.Ask && earlier.GenerationId is null
                        ? throw ClientMessageIds.Conflict()
                        : earlier;
                }

                ChatAccess.Require(grant, ChatOperation.Write);
                if (command.ExternalId is { } externalId && await change.IsMessageIdTakenAsync(externalId))
                {
                    throw ClientMessageIds.Conflict();
                }

                if (command.RequireIdle && (await change.GetActiveGenerationsAsync()).Count > 0)
                {
                    throw ChatException.Conflict(ChatBusy, "A reply is being written in this chat.");
                }

                return await AddAsync(change, command, user, opensChat: false);
            },
            cancellationToken);
    }

    /// <summary>Makes a chat that begins with this message.</summary>
    /// <exception cref="ChatException">As for posting; limit_reached when the caller owns too many chats.</exception>
    public Task<PostedMessage> PostFirstAsync(Chat chat, PostMessage command, CurrentUser user, CancellationToken cancellationToken)
    {
        Require(command);
        return changes.CreateAsync(
            chat,
            options.Value.MaxChatsPerOwner,
            async change =>
            {
                Participants.Open(change, user);
                return await AddAsync(change, command, user, opensChat: true);
            },
            cancellationToken);
    }

    /// <summary>Answers once more what was answered when a message was posted.</summary>
    /// <exception cref="ChatException">NotFound.</exception>
    public Task<PostedMessage> GetPostedAsync(ChatId chatId, MessageId messageId, CurrentUser user, CancellationToken cancellationToken) =>
        changes.ApplyAsync(
            chatId,
            user,
            RepeatedSend,
            async (change, _) => await RepeatAsync(change, await RequireMessageAsync(change, messageId)),
            cancellationToken);

    /// <summary>Writes a sibling of one's own message, and asks again where the assistant would answer.</summary>
    /// <exception cref="ChatException">As for posting; stale_edit when the message has changed; Forbidden when it is somebody else's.</exception>
    public Task<PostedMessage> EditAsync(EditMessage command, CurrentUser user, CancellationToken cancellationToken)
    {
        TextRules.Require(command.Text, options.Value.MaxTextLength, "A message");
        ClientMessageIds.Require(command.ClientMessageId);

        return changes.ApplyAsync(
            command.ChatId,
            user,
            RepeatedSend,
            async (change, grant) =>
            {
                var hash = Message.HashOf($"edit {command.MessageId}", command.Text);
                if (await FindRepeatedAsync(change, user, command.ClientMessageId, hash) is { } earlier)
                {
                    return earlier;
                }

                ChatAccess.Require(grant, ChatOperation.Write);
                var original = await RequireMessageAsync(change, command.MessageId);
                ChatAccess.RequireMayEdit(grant, original);
                if (original.DeletedAt is not null || (command.BaseSeq is { } seen && seen != original.ChangedSeq))
                {
                    throw ChatException.Conflict("stale_edit", "The message has changed or was deleted since you began to edit it.");
                }

                var message = NewMessage(change, user, command.Text, command.ClientMessageId, hash, original.ParentId, original.Id);
                var posted = await StoreAsync(change, user, message, ChatEventType.MessageEdited, ask: false, ReplyWishes.None);
                original.ChangedSeq = posted.Seq;
                return posted;
            },
            cancellationToken);
    }

    /// <summary>
    /// Erases the text everywhere, from the title that was taken from it too; a reply that is being written is stopped. Repeating it
    /// changes nothing.
    /// </summary>
    public Task<long> DeleteAsync(DeleteMessage command, CurrentUser user, CancellationToken cancellationToken) =>
        changes.ApplyAsync(
            command.ChatId,
            user,
            ChatOperation.DeleteMessage,
            async (change, grant) =>
            {
                var message = await RequireMessageAsync(change, command.MessageId);
                ChatAccess.RequireMayDelete(grant, message);
                if (message.DeletedAt is not null)
                {
                    return message.ChangedSeq;
                }

                if (message.GenerationId is { } generationId && !message.State.IsFinal)
                {
                    var generation = await change.FindGenerationAsync(generationId);
                    ReplyQueue.RequestStop(change, generation!, message, user);
                }

                var deleted = change.Raise(ChatEventType.MessageDeleted, new(user.Id, MessageId: message.Id));
                await change.EraseAsync(message, deleted.Seq);
                if (change.Chat.HeadId == message.Id)
                {
                    change.Chat.HeadId = await change.FindNewestMessageAsync(message.Id);
                }

                if (message.Role is MessageRole.User && change.Chat.TitleSource is TitleSource.Message)
                {
                    await GiveUpTitleAsync(change, message);
                }

                return deleted.Seq;
            },
            cancellationToken);

    /// <summary>Writes the reply once more, as a sibling.</summary>
    public Task<PostedMessage> RegenerateAsync(Regenerate command, CurrentUser user, CancellationToken cancellationToken)
    {
        if (command.ClientMessageId is { } clientMessageId)
        {
            ClientMessageIds.Require(clientMessageId);
        }

        return changes.ApplyAsync(
            command.ChatId,
            user,
            RepeatedSend,
            async (change, grant) =>
            {
                var hash = Message.HashOf("regenerate", command.MessageId.ToString());
                if (command.ClientMessageId is { } id && await change.FindMessageAsync(user.Id, id) is { } earlier)
                {
                    ClientMessageIds.RequireSame(earlier, hash);
                    return new PostedMessage(earlier.Id, earlier.Seq, earlier.CreatedAt, earlier.Id, earlier.GenerationId, earlier.State, Duplicate: true);
                }

                ChatAccess.Require(grant, ChatOperation.Write);
                var reply = await RequireReplyAsync(change, command.MessageId);
                if (!reply.State.IsFinal || reply.DeletedAt is not null)
                {
                    throw ChatException.Conflict("not_regenerable", "Only a reply that has ended can be made anew.");
                }

                return await replies.EnqueueAsync(change, user, reply.ParentId!.Value, ReplyWishes.None, command.ClientMessageId, hash);
            },
            cancellationToken);
    }

    /// <summary>Goes on with a reply that broke off.</summary>
    public Task<PostedMessage> ContinueAsync(ContinueReply command, CurrentUser user, CancellationToken cancellationToken) =>
        changes.ApplyAsync(
            command.ChatId,
            user,
            ChatOperation.Write,
            async (change, _) =>
            {
                var reply = await RequireReplyAsync(change, command.MessageId);
                if (!reply.State.IsContinuable || reply.DeletedAt is not null)
                {
                    throw ChatException.Conflict("not_continuable", "Only a reply that was stopped, failed or broke off can be continued.");
                }

                return await replies.ContinueAsync(change, user, reply);
            },
            cancellationToken);

    public async Task<MessagePage> GetAsync(GetMessages query, CurrentUser user, CancellationToken cancellationToken)
    {
        if (query.Limit < 1 || query.Limit > options.Value.MaxPageSize)
        {
            throw ChatException.InvalidRequest($"limit must be between 1 and {options.Value.MaxPageSize}.");
        }

        if (query.BeforeSeq < 0 || query.AfterSeq < 0)
        {
            throw ChatException.InvalidRequest("beforeSeq and afterSeq must not be negative.");
        }

        if (query is { BeforeSeq: not null, AfterSeq: not null })
        {
            throw ChatException.InvalidRequest("Give beforeSeq or afterSeq, not both.");
        }

        var grant = await store.AuthorizeAsync(query.ChatId, user, ChatOperation.Read, cancellationToken);
        return await store.GetMessagesAsync(grant, query, cancellationToken);
    }

    /// <summary>
    /// Moves the reader's place forward to the newest message at or before <paramref name="seq"/>. Only messages count: an event that says
    /// that somebody read would otherwise be something new to read.
    /// </summary>
    public Task<long> MarkReadAsync(ChatId chatId, long seq, CurrentUser user, CancellationToken cancellationToken) =>
        seq < 0 ? throw ChatException.InvalidRequest("seq must not be negative.") : changes.ApplyAsync(
            chatId,
            user,
            ChatOperation.KeepPlace,
            async (change, _) =>
            {
                var participant = (await change.FindParticipantAsync(user.Id))!;
                var read = await change.GetNewestMessageSeqAsync(seq);
                if (read > participant.ReadSeq)
                {
                    participant.ReadSeq = read;
                    change.Raise(ChatEventType.ReadMoved, new(user.Id, Subject: user.Id), new EventData { ReadSeq = read });
                }

                return participant.ReadSeq;
            },
            cancellationToken);

    private static async Task<PostedMessage?> FindRepeatedAsync(IChatTransaction change, CurrentUser user, string clientMessageId, byte[] hash)
    {
        if (await change.FindMessageAsync(user.Id, clientMessageId) is not { } earlier)
        {
            return null;
        }

        ClientMessageIds.RequireSame(earlier, hash);
        return await RepeatAsync(change, earlier);
    }

    private static async Task<PostedMessage> RepeatAsync(IChatTransaction change, Message earlier)
    {
        var first = await change.FindGenerationOfAskAsync(earlier.Id);
        var reply = first is null ? null : await change.FindMessageAsync(first.MessageId);

        // The generation that writes the reply now: it may have been continued since.
        return new PostedMessage(earlier.Id, earlier.Seq, earlier.CreatedAt, reply?.Id, reply?.GenerationId, reply?.State, Duplicate: true);
    }

    private async Task<PostedMessage> AddAsync(IChatTransaction change, PostMessage command, CurrentUser user, bool opensChat)
    {
        var parent = command.ParentId is { } parentId ? (await RequireMessageAsync(change, parentId)).Id : change.Chat.HeadId;
        var message = NewMessage(change, user, command.Text, command.ClientMessageId, HashOf(command), parent, command: command);
        var wishes = new ReplyWishes(command.Model, command.Temperature, opensChat);
        if (command.Key is { } key)
        {
            await change.KeepAsync(key, user.Id, message.Id);
        }

        return await StoreAsync(change, user, message, ChatEventType.MessagePosted, command.Ask, wishes);
    }

    private async Task<PostedMessage> StoreAsync(
        IChatTransaction change, CurrentUser user, Message message, ChatEventType type, bool ask, ReplyWishes wishes)
    {
        var chat = change.Chat;
        var answers = ReplyQueue.Answers(chat, message.Text, ask);

        var view = new MessageView(message, user.DisplayName);
        var posted = change.Raise(type, new(user.Id, view));
        message.Seq = message.ChangedSeq = posted.Seq;
        change.Add(message);
        chat.HeadId = message.Id;
        chat.ActivityAt = change.Now;

        if (chat.TitleSource is TitleSource.None)
        {
            ChatTitle.TakeFrom(view, change);
        }

        var reply = answers ? await replies.EnqueueAsync(change, user, message.Id, wishes) : null;
        return new PostedMessage(message.Id, message.Seq, message.CreatedAt, reply?.ReplyId, reply?.GenerationId, reply?.ReplyState, Duplicate: false);
    }

    private Message NewMessage(
        IChatTransaction change, CurrentUser user, string text, string clientMessageId, byte[] hash, MessageId? parent, MessageId? editOf = null,
        PostMessage? command = null) => new()
        {
            Id = TypedId.New<MessageId>(time),
            ChatId = change.Chat.Id,
            Role = MessageRole.User,
            AuthorId = user.Id,
            Text = text,
            State = ReplyState.Done,
            ParentId = parent,
            EditOf = editOf,
            ExternalId = command?.ExternalId,
            PartLengths = command?.PartLengths,
            ClientMessageId = clientMessageId,
            ClientHash = hash,
            CreatedAt = change.Now,
        };

    /// <summary>A title that was taken from a message was taken from the oldest: if that is the one which goes, the next one names the chat.</summary>
    private static async Task GiveUpTitleAsync(IChatTransaction change, Message deleted)
    {
        var oldest = await change.FindOldestPostAsync(deleted.Id);
        if (oldest is null || oldest.Message.Seq > deleted.Seq)
        {
            ChatTitle.TakeFrom(oldest, change);
        }
    }

    private void Require(PostMessage command)
    {
        TextRules.Require(command.Text, options.Value.MaxTextLength, "A message");
        ClientMessageIds.Require(command.ClientMessageId);
    }

    private static byte[] HashOf(PostMessage command) =>
        Message.HashOf(command.PartLengths is { } lengths ? $"post {string.Join(' ', lengths)}" : "post", command.Text);

    private static async Task<Message> RequireMessageAsync(IChatTransaction change, MessageId id) =>
        await change.FindMessageAsync(id) ?? throw ChatException.NotFound("message");

    private static async Task<Message> RequireReplyAsync(IChatTransaction change, MessageId id) =>
        await RequireMessageAsync(change, id) is { Role: MessageRole.Assistant } reply ? reply : throw ChatException.NotFound("reply");
}
