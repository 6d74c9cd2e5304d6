using HubChat.Server.Errors;
using HubChat.Server.Generations;
using HubChat.Server.Identity;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Endpoints.Sse;

/// <summary>
/// Writes the frames of a turn to one client, as fast as the client takes them. A stream that cannot be finished ends without [DONE]; its
/// client comes again.
/// </summary>
internal sealed partial class TurnWriter(
    SessionService sessions, IHostApplicationLifetime application, IOptions<SseOptions> options, TimeProvider time, ILogger<TurnWriter> logger)
{
    private const string WithEventIds = "event_ids";

    /// <param name="context">The request; its answer has not begun.</param>
    /// <param name="offset">How many frames the client has.</param>
    /// <param name="open">Begins to read from there; the token ends the reading.</param>
    public async Task WriteAsync(HttpContext context, long offset, Func<CancellationToken, Task<IAsyncEnumerable<Frame>>> open)
    {
        using var session = new SessionGuard(sessions, SessionIdentity.Of(context.User)!, time);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, session.Lost, application.ApplicationStopping);
        var events = new EventStream(context, options.Value.Heartbeat, time);
        long? number = context.Request.Query[WithEventIds] == "1" ? offset : null;
        try
        {
            await using var frames = (await open(ended.Token)).GetAsyncEnumerator(ended.Token);
            while (await NextAsync(frames, events, ended))
            {
                await events.WriteAsync(frames.Current.Data, frames.Current.Name, ++number);
            }

            await events.EndAsync();
        }
        catch (Exception exception) when (events.HasBegun)
        {
            if (exception is not (OperationCanceledException or EntriesGoneException or ChatException))
            {
                LogFailed(exception, context.TraceIdentifier);
            }

            await events.FlushAsync();
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            throw application.ApplicationStopping.IsCancellationRequested ? ChatException.Draining() : ChatException.NotSignedIn();
        }
    }

    /// <summary>Moves to the next frame. What was written before, be it only the head, is sent unless the next one is there already.</summary>
    private async Task<bool> NextAsync(IAsyncEnumerator<Frame> frames, EventStream events, CancellationTokenSource ended)
    {
        var next = frames.MoveNextAsync();
        if (next.IsCompleted)
        {
            return await next;
        }

        var moving = next.AsTask();
        try
        {
            await events.StartAsync();
            await events.FlushAsync();
            while (!await IsThereAsync(moving, events.UntilPing))
            {
                await events.PingAsync();
            }

            return await moving;
        }
        finally
        {
            // Nobody may leave a reader that is on its way.
            if (!moving.IsCompleted)
            {
                await ended.CancelAsync();
                await ((Task)moving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task<bool> IsThereAsync(Task moving, TimeSpan wait)
    {
        await moving.WaitAsync(wait, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return moving.IsCompleted;
    }

    [LoggerMessage(LogLevel.Error, "The stream of request {RequestId} broke off")]
    private partial void LogFailed(Exception exception, string requestId);
}
