using HubChat.Server.Errors;
using HubChat.Server.Identity;
using HubChat.Server.Ids;

namespace HubChat.Server.Chats;

/// <summary>
/// Questions of clients that know requests and not chats: one may open the chat that it is asked in, and a whole request can be repeated
/// under a key without being done twice.
/// </summary>
internal sealed class QuestionService(MessageService messages, IChatStore store, IModelNames models, TimeProvider time)
{
    /// <summary>A key was taken between the look for it and its use; whoever sees this looks again.</summary>
    public const string RequestRepeated = "request_repeated";

    /// <summary>Asks in a chat.</summary>
    /// <exception cref="ChatException">As <see cref="MessageService.PostAsync"/>; idempotency_key_reused.</exception>
    public Task<AskedQuestion> AskAsync(PostMessage command, CurrentUser user, CancellationToken cancellationToken) =>
        OnceAsync(
            command,
            user,
            async () => new AskedQuestion(command.ChatId, await messages.PostAsync(command, user, cancellationToken)),
            cancellationToken);

    /// <summary>Asks in a new chat, which is called after the question and answered by the model it names.</summary>
    /// <exception cref="ChatException">As <see cref="MessageService.PostFirstAsync"/>; idempotency_key_reused.</exception>
    public Task<AskedQuestion> OpenAsync(PostMessage command, CurrentUser user, CancellationToken cancellationToken)
    {
        if (!user.MayChat)
        {
            throw ChatException.Forbidden("This API key does not have the scope 'chat'.");
        }

        return OnceAsync(
            command,
            user,
            async () =>
            {
                var now = time.GetUtcNow();
                var chat = new Chat
                {
                    Id = TypedId.New<ChatId>(time),
                    OwnerId = user.Id,
                    Model = command.Model is { } model ? models.Resolve(model, user.Role) : null,
                    CreatedAt = now,
                    ActivityAt = now,
                };
                return new AskedQuestion(chat.Id, await messages.PostFirstAsync(chat, command with { ChatId = chat.Id }, user, cancellationToken));
            },
            cancellationToken);
    }

    private async Task<AskedQuestion> OnceAsync(
        PostMessage command, CurrentUser user, Func<Task<AskedQuestion>> ask, CancellationToken cancellationToken)
    {
        if (command.Key is not { } key)
        {
            return await ask();
        }

        if (await FindAskedAsync(key, user, cancellationToken) is { } asked)
        {
            return asked;
        }

        try
        {
            return await ask();
        }
        catch (ChatException refusal) when (refusal.Code == RequestRepeated)
        {
            return await FindAskedAsync(key, user, cancellationToken) ?? throw ChatException.Busy();
        }
    }

    private async Task<AskedQuestion?> FindAskedAsync(RequestKey key, CurrentUser user, CancellationToken cancellationToken)
    {
        var kept = await store.FindRequestAsync(user.Id, key.Value, cancellationToken);
        if (kept is null || kept.CreatedAt <= time.GetUtcNow() - RequestKey.Lifetime)
        {
            return null;
        }

        return kept.RequestHash.AsSpan().SequenceEqual(key.RequestHash)
            ? new AskedQuestion(kept.ChatId, await messages.GetPostedAsync(kept.ChatId, kept.MessageId, user, cancellationToken))
            : throw ChatException.Conflict("idempotency_key_reused", "This Idempotency-Key was used for another request. Nothing was changed.");
    }
}

/// <summary>A question that is stored, with the reply that was queued for it.</summary>
internal sealed record AskedQuestion(ChatId ChatId, PostedMessage Posted);
