using System.Threading.Channels;
using HubChat.Client.Sample.Contract;
using HubChat.Client.Sample.Hub;
using HubChat.Client.Sample.State;
using HubChat.Tests.App;
using HubChat.Tests.History;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;

namespace HubChat.Tests.Faults;

/// <summary>
/// A person's client that keeps the contract through every fault: it comes back by itself, watches one chat from its position, repeats
/// sends under their own id, and writes each step into a history before it acts on it.
/// </summary>
internal sealed class RecordingClient : IAsyncDisposable
{
    private readonly Channel<HubSignal> _signals = Channel.CreateUnbounded<HubSignal>();
    private readonly CancellationTokenSource _stopping = new();
    private readonly TestUser _user;
    private readonly HistoryWriter _history;
    private readonly HubLink _link;
    private Task _reading = Task.CompletedTask;
    private volatile ChatState _state;
    private volatile int _connection;

    private RecordingClient(Uri server, TestUser user, string chatId, HistoryWriter history)
    {
        (_user, _history, _state) = (user, history, new ChatState(chatId));
        _link = new HubLink(server, user.Token, signal => _signals.Writer.WriteAsync(signal), TimeProvider.System);
    }

    public TestUser User => _user;

    /// <summary>The chat as this client shows it.</summary>
    public ChatState State => _state;

    public int Connections => _link.Connections;

    private string Name => $"{_user.UserName}'s";

    public static async Task<RecordingClient> StartAsync(
        Uri server, TestUser user, string chatId, HistoryWriter history, CancellationToken cancellationToken)
    {
        var client = new RecordingClient(server, user, chatId, history);
        await client._link.StartAsync(cancellationToken);
        client._reading = client.ReadAsync(client._stopping.Token);
        await client.HoldsAsync(state => state.Chat is not null, cancellationToken);
        return client;
    }

    /// <summary>Sends until it is acknowledged.</summary>
    public async Task<PostResult> SendAsync(string text, string clientMessageId, CancellationToken cancellationToken)
    {
        var pause = NewPause();
        while (true)
        {
            var (posted, code) = await TrySendAsync(text, clientMessageId, cancellationToken);
            if (posted is not null)
            {
                return posted;
            }

            if (code is not (null or "busy" or "draining" or "storage_full" or "internal"))
            {
                throw new InvalidOperationException($"{Name} send {clientMessageId} was refused: {code}.");
            }

            await Task.Delay(pause.Next(), cancellationToken);
        }
    }

    /// <summary>Sends once: the result, or the code of the refusal, or neither when nobody knows.</summary>
    public async Task<(PostResult? Posted, string? Code)> TrySendAsync(string text, string clientMessageId, CancellationToken cancellationToken)
    {
        await _link.WaitAsync(cancellationToken);
        var send = new HistoryRecord { Kind = RecordKind.Send, Chat = _state.ChatId, ClientMsgId = clientMessageId, Text = text };
        Write(send with { Outcome = Outcome.Invoke });
        try
        {
            var posted = await _link.Connection.InvokeAsync<PostResult>(
                "PostMessage", new PostRequest(_state.ChatId, text, clientMessageId), cancellationToken);
            Write(send with { Outcome = Outcome.Ok, Seq = posted.Seq });
            return (posted, null);
        }
        catch (HubException exception) when (!HubErrors.IsClosing(exception))
        {
            // After a fault of the server nobody knows what it did before.
            var code = HubCallException.From(exception).Code;
            Write(send with { Outcome = code is "internal" or "unknown" ? Outcome.Unknown : Outcome.Fail });
            return (null, code);
        }
        catch (Exception exception) when (HubErrors.IsLoss(exception, cancellationToken))
        {
            Write(send with { Outcome = Outcome.Unknown });
            return (null, null);
        }
    }

    /// <summary>Waits until the chat is seen like this.</summary>
    public Task HoldsAsync(Func<ChatState, bool> seen, CancellationToken cancellationToken, TimeSpan? deadline = null) =>
        Eventually.HoldsAsync(() => Check() && seen(_state), cancellationToken, deadline ?? TimeSpan.FromSeconds(60), $"{Name} view of the chat");

    /// <summary>True, or the failure that ended this client.</summary>
    public bool Check()
    {
        if (_reading.IsFaulted)
        {
            throw new InvalidOperationException($"{Name} client has failed.", _reading.Exception);
        }

        return true;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _link.DisposeAsync();
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        await foreach (var signal in _signals.Reader.ReadAllAsync(cancellationToken))
        {
            switch (signal)
            {
                case HubSignal.Connected connected:
                    _connection = connected.Number;
                    Write(new HistoryRecord { Kind = RecordKind.Connect });
                    await WatchAsync(_state.Chat is null ? Rewatch.Anew : Rewatch.FromPosition, cancellationToken);
                    break;
                case HubSignal.Lost:
                    Write(new HistoryRecord { Kind = RecordKind.Disconnect });
                    break;
                case HubSignal.Updated { Update: var update } when update.ChatId == _state.ChatId:
                    Received(ReceivedRecords.Of(update));
                    await ShowAsync(_state.Apply(update), cancellationToken);
                    break;
                case HubSignal.Ended ended:
                    throw new InvalidOperationException($"{Name} session has ended: {ended.Reason}.");
            }
        }
    }

    private Task ShowAsync(ChatStep step, CancellationToken cancellationToken)
    {
        _state = step.State;
        return step.Rewatch == Rewatch.None ? Task.CompletedTask : WatchAsync(step.Rewatch, cancellationToken);
    }

    private async Task WatchAsync(Rewatch rewatch, CancellationToken cancellationToken)
    {
        var pause = NewPause();
        for (; rewatch != Rewatch.None; await Task.Delay(pause.Next(), cancellationToken))
        {
            var request = _state.ToRequest(rewatch);
            Received([new HistoryRecord { Kind = RecordKind.Watch, Seq = request.AfterSeq }]);
            try
            {
                var answer = await _link.Connection.InvokeAsync<WatchResult>("WatchChat", request, cancellationToken);
                Received(ReceivedRecords.Of(answer));
                var step = _state.Apply(answer);
                (_state, rewatch) = (step.State, step.Rewatch);
                if (rewatch == Rewatch.None)
                {
                    return;
                }
            }
            catch (HubException exception) when (!HubErrors.IsClosing(exception) && HubCallException.From(exception).MayPass)
            {
                // Again, after a pause.
            }
            catch (Exception exception) when (IsLoss(exception, cancellationToken))
            {
                // The next connection watches.
                return;
            }
        }
    }

    private void Received(IEnumerable<HistoryRecord> records)
    {
        foreach (var record in records)
        {
            Write(record with { Chat = _state.ChatId });
        }
    }

    private void Write(HistoryRecord record) => _history.Append(record with { Client = Name, User = _user.Id, Conn = $"{Name} {_connection}" });

    // A refusal is none, though the hub's library has one exception for both.
    private static bool IsLoss(Exception exception, CancellationToken cancellationToken) =>
        HubErrors.IsLoss(exception, cancellationToken) && (exception is not HubException closing || HubErrors.IsClosing(closing));

    private static Backoff NewPause() => new(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(2), Random.Shared.NextDouble);
}
