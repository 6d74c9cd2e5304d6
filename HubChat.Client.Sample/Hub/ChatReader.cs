using System.Threading.Channels;
using HubChat.Client.Sample.Contract;
using HubChat.Client.Sample.State;

namespace HubChat.Client.Sample.Hub;

/// <summary>
/// Follows one chat: feeds answers and updates to <see cref="ChatState"/> one after the other, and watches again
/// whenever the state, or a new connection, asks for it.
/// </summary>
internal sealed class ChatReader(HubSession session, string chatId, Func<ChatStep, ValueTask> show, TimeProvider time)
{
    private const int MaximumWaiting = 1024;

    private readonly Channel<HubSignal> _signals = Channel.CreateBounded<HubSignal>(MaximumWaiting);
    private int _watchedOn;

    public string ChatId => chatId;

    /// <summary>Takes what concerns this chat. Waits while the reader is behind: SignalR then stops reading, not this process.</summary>
    public async ValueTask TakeAsync(HubSignal signal, CancellationToken cancellationToken)
    {
        if (signal is HubSignal.Connected || (signal is HubSignal.Updated { Update: var update } && update.ChatId == chatId))
        {
            while (await _signals.Writer.WaitToWriteAsync(cancellationToken) && !_signals.Writer.TryWrite(signal))
            {
                // Somebody else took the place.
            }
        }
    }

    /// <summary>Runs until the chat closes.</summary>
    /// <exception cref="ClientException">The chat cannot be watched.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await FollowAsync(cancellationToken);
        }
        finally
        {
            // Nobody reads any more, so nobody shall wait to write.
            _signals.Writer.TryComplete();
        }
    }

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        var pause = new Backoff(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(2), Random.Shared.NextDouble);
        var state = await WatchAsync(new ChatState(chatId).Unchanged(), pause, cancellationToken);
        await foreach (var signal in _signals.Reader.ReadAllAsync(cancellationToken))
        {
            var step = signal switch
            {
                HubSignal.Updated { Update: var update } => state.Apply(update),
                // The watch that is there may already be of this connection.
                HubSignal.Connected { Number: var number } when number > _watchedOn => state.Unchanged(Rewatch.FromPosition),
                _ => state.Unchanged(),
            };
            state = await WatchAsync(step, pause, cancellationToken);
            if (state.ClosedBecause is not null)
            {
                return;
            }
        }
    }

    /// <summary>Shows a step, and watches again until nothing is missing.</summary>
    private async Task<ChatState> WatchAsync(ChatStep step, Backoff pause, CancellationToken cancellationToken)
    {
        var rewatch = step.State.Chat is null ? Rewatch.Anew : step.Rewatch;
        for (var attempts = 0; ; attempts++)
        {
            if (step.Changes.Count > 0)
            {
                await show(step);
            }

            if (rewatch == Rewatch.None || step.State.ClosedBecause is not null)
            {
                pause.Reset();
                return step.State;
            }

            // Two in a row are one too many already: something is wrong, and calling faster makes it worse.
            if (attempts > 0)
            {
                await Task.Delay(pause.Next(), time, cancellationToken);
            }

            var connection = session.Connections;
            var answer = await session.CallAsync<WatchResult>("WatchChat", [step.State.ToRequest(rewatch)], cancellationToken);
            _watchedOn = connection;
            step = step.State.Apply(answer);
            rewatch = step.Rewatch;
        }
    }
}
