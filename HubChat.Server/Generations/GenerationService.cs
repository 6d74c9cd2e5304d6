using HubChat.Server.Audit;
using HubChat.Server.Chats;
using HubChat.Server.Errors;
using HubChat.Server.Identity;
using HubChat.Server.Ids;
using HubChat.Server.Realtime;

namespace HubChat.Server.Generations;

/// <summary>What people do with replies that are being made.</summary>
internal sealed class GenerationService(
    IGenerationStore store, ChatChanges changes, GenerationWorker worker, IBackplane backplane, CompletionService completions, AuditLog audit, AdminAccess access)
{
    private const int MaxListed = 500;

    /// <summary>Stops a reply: at once when it waits, within a moment when it runs. One that has ended stays as it is.</summary>
    /// <returns>The final state, or null while it is being stopped.</returns>
    public async Task<ReplyState?> StopAsync(GenerationId id, CurrentUser user, CancellationToken cancellationToken)
    {
        var found = await store.FindAsync(id, cancellationToken) ?? throw ChatException.NotFound("reply");
        var generation = await NotFoundAsReplyAsync(changes.ApplyAsync(
            found.ChatId,
            user,
            ChatOperation.Stop,
            async (change, grant) =>
            {
                var generation = await change.FindGenerationAsync(id) ?? throw ChatException.NotFound("reply");
                ChatAccess.RequireMayStop(change.Chat, grant, generation.AskerId);
                if (!generation.State.IsFinal)
                {
                    ReplyQueue.RequestStop(change, generation, (await change.FindMessageAsync(generation.MessageId))!, user);
                }

                return generation;
            },
            cancellationToken));
        return StopRunning(generation);
    }

    /// <summary>
    /// Stops a reply of any chat, or a call outside any, for an administrator who need not be in the chat and learns nothing of what is said.
    /// </summary>
    /// <returns>The final state, or null while it is being stopped.</returns>
    /// <exception cref="ChatException">not_found, sign_in_again.</exception>
    public async Task<ReplyState?> KillAsync(GenerationId id, CurrentUser admin, CancellationToken cancellationToken)
    {
        access.RequireChange(admin);
        if (completions.Find(id) is { } completion)
        {
            await audit.AppendAsync(new AuditRecord(admin.Id, AuditActions.GenerationKilled, id.Value), cancellationToken);
            completion.Kill();
            return null;
        }

        var found = await store.FindAsync(id, cancellationToken) ?? throw ChatException.NotFound("reply");
        var generation = await NotFoundAsReplyAsync(changes.ApplyAsync(
            found.ChatId,
            async change =>
            {
                var generation = await change.FindGenerationAsync(id) ?? throw ChatException.NotFound("reply");
                if (generation is { State.IsFinal: false, StopRequestedAt: null })
                {
                    ReplyQueue.RequestStop(change, generation, (await change.FindMessageAsync(generation.MessageId))!, admin);
                    await change.RecordAsync(new AuditRecord(admin.Id, AuditActions.GenerationKilled, id.Value));
                }

                return generation;
            },
            cancellationToken));
        return StopRunning(generation);
    }

    /// <summary>What waits or runs in all chats, and the calls outside chats that this node answers, the newest first.</summary>
    public async Task<IReadOnlyList<LiveGeneration>> ListLiveAsync(CurrentUser admin, CancellationToken cancellationToken)
    {
        AdminAccess.Require(admin);
        var replies = await store.ListLiveAsync(MaxListed, cancellationToken);
        var calls = completions.Running.Select(call => new LiveGeneration(
            call.Id, ChatId: null, call.User.Id, call.User.UserName, call.Model, ReplyState.Running, call.StartedAt, call.StartedAt, Attempt: 1));
        return [.. replies.Concat(calls).OrderByDescending(live => live.CreatedAt).Take(MaxListed)];
    }

    private ReplyState? StopRunning(Generation generation)
    {
        if (generation.State is ReplyState.Running)
        {
            if (!worker.Stop(generation.Id))
            {
                backplane.Publish(new StopWished(generation.ChatId, generation.Id));
            }

            return null;
        }

        return generation.State;
    }

    /// <summary>A chat that is not the caller's must not be told from a reply that does not exist.</summary>
    private static async Task<T> NotFoundAsReplyAsync<T>(Task<T> change)
    {
        try
        {
            return await change;
        }
        catch (ChatException refusal) when (refusal.Error is ChatError.NotFound)
        {
            throw ChatException.NotFound("reply");
        }
    }
}
