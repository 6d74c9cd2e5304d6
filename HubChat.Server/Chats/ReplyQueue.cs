using System.Text.RegularExpressions;
using HubChat.Server.Diagnostics;
using HubChat.Server.Errors;
using HubChat.Server.Identity;
using HubChat.Server.Ids;
using HubChat.Server.Usage;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Chats;

/// <summary>
/// The replies that a chat waits for. A reply is queued in the transaction that stores the message that asks, so an acknowledged
/// question always has its answer or the reason why there is none.
/// </summary>
internal sealed partial class ReplyQueue(
    ServerState server, IModelNames models, UsageLimits limits, IOptions<ReplyQueueOptions> options, TimeProvider time)
{
    public const string AssistantName = "Assistant";

    /// <summary>Whether the assistant answers this message.</summary>
    /// <exception cref="ChatException">assistant_off when it must but is switched off; draining.</exception>
    public static bool Answers(Chat chat, string text, bool ask)
    {
        if (ask && chat.Assistant is AssistantMode.Off)
        {
            throw ChatException.Conflict("assistant_off", "The assistant of this chat is switched off.");
        }

        return ask || chat.EffectiveAssistant switch
        {
            AssistantMode.Always => true,
            AssistantMode.Mention => Mention().IsMatch(text),
            _ => false,
        };
    }

    /// <summary>Adds the reply to <paramref name="askId"/> as a message and a waiting generation.</summary>
    public async Task<PostedMessage> EnqueueAsync(
        IChatTransaction change, CurrentUser asker, MessageId askId, ReplyWishes wishes, string? clientMessageId = null, byte[]? hash = null)
    {
        var model = await AdmitAsync(change, asker, wishes.Model);
        var reply = new Message
        {
            Id = TypedId.New<MessageId>(time),
            ChatId = change.Chat.Id,
            Role = MessageRole.Assistant,
            AuthorId = asker.Id,
            Text = "",
            State = ReplyState.Queued,
            ParentId = askId,
            ClientMessageId = clientMessageId,
            ClientHash = hash,
            CreatedAt = change.Now,
        };
        var generation = Queue(change, asker, reply, askId, model, wishes);
        reply.Seq = generation.QueuedSeq;
        change.Add(reply);
        change.Chat.HeadId = reply.Id;
        return Posted(reply, generation);
    }

    /// <summary>Puts a reply that broke off back into the queue; what it says already stays.</summary>
    public async Task<PostedMessage> ContinueAsync(IChatTransaction change, CurrentUser asker, Message reply)
    {
        var model = await AdmitAsync(change, asker, model: null);
        reply.State = ReplyState.Queued;
        reply.ErrorCode = null;
        reply.RetryAt = null;
        reply.FinishReason = null;
        reply.StoppedBy = null;
        return Posted(reply, Queue(change, asker, reply, reply.ParentId!.Value, model, ReplyWishes.None));
    }

    /// <summary>Stops a waiting reply at once; of a running one it leaves a durable wish that its run obeys.</summary>
    public static void RequestStop(IChatTransaction change, Generation generation, Message reply, CurrentUser user)
    {
        generation.StopRequestedAt ??= change.Now;
        generation.StopRequestedBy ??= user.Id;
        if (generation.State is ReplyState.Queued)
        {
            Complete(change, generation, reply, ReplyState.Stopped, CallFigures.None);
        }
    }

    /// <summary>Ends a reply and enters it in the ledger. Whatever text it has stays.</summary>
    public static void Complete(
        IChatTransaction change, Generation generation, Message reply, ReplyState state, CallFigures figures, string? errorCode = null,
        DateTimeOffset? retryAt = null)
    {
        generation.State = reply.State = state;
        generation.EndedAt = change.Now;
        reply.ErrorCode = errorCode;
        reply.RetryAt = retryAt;
        reply.StoppedBy = state is ReplyState.Stopped ? generation.StopRequestedBy : null;
        change.Chat.ActivityAt = change.Now;
        var completed = change.Raise(
            ChatEventType.GenerationCompleted,
            new(reply.StoppedBy, new MessageView(reply, AssistantName), GenerationId: generation.Id));
        reply.ChangedSeq = completed.Seq;
        change.Add(LedgerEntry.Of(
            generation.LedgerCall, figures with { Model = figures.Model ?? reply.Model }, WireNames.Of(state), errorCode, change.Now));
    }

    /// <summary>Whether there is room for one more; gives the model that will answer.</summary>
    private async Task<string?> AdmitAsync(IChatTransaction change, CurrentUser asker, string? model)
    {
        model = models.Resolve(model ?? change.Chat.Model, asker.Role);
        await RequireRoomAsync(change, asker);

        // Last of all: what is refused for another reason must not count.
        await limits.AdmitAsync(new UsageSubject(asker.Id, asker.KeyId, change.Chat.Id), CancellationToken.None);
        return model;
    }

    private async Task RequireRoomAsync(IChatTransaction change, CurrentUser asker)
    {
        if (server.IsDraining)
        {
            throw ChatException.Draining();
        }

        var limits = options.Value;
        var waiting = await change.GetActiveGenerationsAsync();
        if (waiting.Count >= limits.MaxPerChat)
        {
            throw ChatException.LimitReached("queue_full", $"{waiting.Count} replies wait in this chat already. Try again when one has ended.");
        }

        if (await change.CountActiveGenerationsAsync(asker.Id) >= limits.MaxPerUser)
        {
            throw ChatException.LimitReached("queue_full", $"You wait for {limits.MaxPerUser} replies already. Try again when one has ended.");
        }
    }

    private Generation Queue(IChatTransaction change, CurrentUser asker, Message reply, MessageId askId, string? model, ReplyWishes wishes)
    {
        var generation = new Generation
        {
            Id = TypedId.New<GenerationId>(time),
            ChatId = change.Chat.Id,
            MessageId = reply.Id,
            AskId = askId,
            AskerId = asker.Id,
            KeyId = asker.KeyId,
            State = ReplyState.Queued,
            Prefix = reply.Text,
            Temperature = wishes.Temperature,
            OpensChat = wishes.OpensChat,
            CreatedAt = change.Now,
        };
        reply.GenerationId = generation.Id;
        reply.Model = model;
        RaiseQueued(change, generation, reply, asker.Id);
        change.Add(generation);
        return generation;
    }

    /// <summary>Announces that a reply waits; also when it goes back to the queue.</summary>
    public static void RaiseQueued(IChatTransaction change, Generation generation, Message reply, UserId? actor)
    {
        var queued = change.Raise(
            ChatEventType.GenerationQueued,
            new(actor, new MessageView(reply, AssistantName), GenerationId: generation.Id));
        reply.ChangedSeq = queued.Seq;
        if (generation.QueuedSeq == 0)
        {
            generation.QueuedSeq = queued.Seq;
        }
    }

    private static PostedMessage Posted(Message reply, Generation generation) =>
        new(reply.Id, generation.QueuedSeq, reply.CreatedAt, reply.Id, generation.Id, reply.State, Duplicate: false);

    [GeneratedRegex(@"(?<![\w@])@assistant(?!\w)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Mention();
}
