using HubChat.Server.Chats;
using HubChat.Server.Errors;
using HubChat.Server.Identity;
using HubChat.Server.Ids;

namespace HubChat.Server.Generations;

/// <summary>What people do with replies that are being made.</summary>
internal sealed class GenerationService(IGenerationStore store, ChatChanges changes, GenerationWorker worker)
{
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

        if (generation.State is ReplyState.Running)
        {
            worker.Stop(id);
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
