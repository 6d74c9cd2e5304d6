using HubChat.Server.Realtime;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Chats.Watching;

/// <summary>
/// Tells lists of chats what changed. Changes are gathered for a moment and read from the store, one query per chat for everybody who
/// is online: a busy chat costs its lists no more than a quiet one.
/// </summary>
internal sealed partial class InboxAnnouncer(
    InboxFeed inbox, IChatStore store, IOptions<RealtimeOptions> options, TimeProvider time, ILogger<InboxAnnouncer> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.InboxDelay, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await AnnounceAsync(stoppingToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                LogFailed(exception);
            }
        }
    }

    private async Task AnnounceAsync(CancellationToken cancellationToken)
    {
        var changed = inbox.TakeChanged();
        if (changed.Count == 0)
        {
            return;
        }

        var users = inbox.Users;
        foreach (var chatId in changed)
        {
            foreach (var (user, summary) in await store.GetSummariesAsync(chatId, users, cancellationToken))
            {
                inbox.Offer(user, new InboxChatUpdate(summary));
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "Lists of chats could not be told what changed")]
    private partial void LogFailed(Exception exception);
}
