using System.Net;
using System.Text.Json.Serialization;
using HubChat.Client.Sample.Contract;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;

namespace HubChat.Client.Sample.Hub;

/// <summary>
/// A connection to the hub that comes back by itself: with back-off and jitter after a loss, at the time the server
/// names when it drains, and not at all once the session has ended.
/// </summary>
internal sealed class HubLink : IAsyncDisposable
{
    private static readonly TimeSpan LongestDrain = TimeSpan.FromMinutes(1);

    private readonly HubConnection _connection;
    private readonly Uri _server;
    private readonly Func<HubSignal, ValueTask> _signal;
    private readonly TimeProvider _time;
    private readonly Backoff _backoff = new(TimeSpan.FromMilliseconds(300), TimeSpan.FromSeconds(10), Random.Shared.NextDouble);
    private readonly CancellationTokenSource _stopping = new();
    private volatile TaskCompletionSource _ready = NewSignal();
    private TaskCompletionSource _lost = NewSignal();
    private TaskCompletionSource<TimeSpan> _drain = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile string? _endedBecause;
    private volatile int _connections;
    private Task _running = Task.CompletedTask;

    /// <param name="server">The server's address.</param>
    /// <param name="token">The session token.</param>
    /// <param name="signal">Called in order, one at a time; what is not awaited to its end keeps the next one waiting.</param>
    /// <param name="time">The clock.</param>
    public HubLink(Uri server, string token, Func<HubSignal, ValueTask> signal, TimeProvider time)
    {
        _server = server;
        _signal = signal;
        _time = time;
        _connection = new HubConnectionBuilder()
            .WithWebSocket(new Uri(server, "/hubs/chat"), _ => Task.FromResult<string?>(token))
            .AddJsonProtocol(json => json.PayloadSerializerOptions.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)
            .Build();
        _connection.On<ChatUpdate>("ChatUpdate", update => SignalAsync(new HubSignal.Updated(update)));
        _connection.On<InboxUpdate>("InboxUpdate", update => SignalAsync(new HubSignal.Inbox(update)));
        _connection.On<double>("Reconnect", afterMs => _drain.TrySetResult(TimeSpan.FromMilliseconds(afterMs)));
        _connection.On<string>("SessionEnded", reason => _endedBecause = reason);
        _connection.Closed += _ =>
        {
            _lost.TrySetResult();
            return Task.CompletedTask;
        };
    }

    public HubConnection Connection => _connection;

    /// <summary>How often there was a connection.</summary>
    public int Connections => _connections;

    /// <summary>Connects for the first time; from then on the session looks after itself.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ConnectAsync(cancellationToken);
        }
        catch (Exception exception) when (HubErrors.IsLoss(exception, cancellationToken))
        {
            throw HubErrors.Refusal(_server, exception);
        }

        _running = RunAsync(_stopping.Token);
    }

    /// <summary>Until there is a connection.</summary>
    public Task WaitAsync(CancellationToken cancellationToken) => _ready.Task.WaitAsync(cancellationToken);

    /// <summary>Ends this connection, as a bad network would; the session comes back by itself.</summary>
    public Task DropAsync(CancellationToken cancellationToken) => _connection.StopAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        await _connection.DisposeAsync();
        _stopping.Dispose();
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                var connectedAt = _time.GetTimestamp();
                await _signal(new HubSignal.Connected(_connections));
                var drained = await WaitForTheEndAsync(cancellationToken);
                if (_ready.Task.IsCompleted)
                {
                    _ready = NewSignal();
                }

                if (_endedBecause is not null)
                {
                    break;
                }

                // A connection that held is a fresh start; one that is dropped at once is another failed attempt.
                if (drained || _time.GetElapsedTime(connectedAt) > TimeSpan.FromSeconds(5))
                {
                    _backoff.Reset();
                }

                await _signal(new HubSignal.Lost());
                if (!await ComeBackAsync(atOnce: drained, cancellationToken))
                {
                    break;
                }
            }

            EndCalls(_endedBecause ?? "");
            await _signal(new HubSignal.Ended(_endedBecause ?? ""));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            _ready.TrySetCanceled(cancellationToken);
        }
    }

    /// <summary>True when the server asked for it.</summary>
    private async Task<bool> WaitForTheEndAsync(CancellationToken cancellationToken)
    {
        do
        {
            await Task.WhenAny(_lost.Task, _drain.Task).WaitAsync(cancellationToken);
            if (_drain.Task.IsCompleted)
            {
                break;
            }

            // SignalR may report the end of the connection before this one only now; the state says which it is.
            _lost = NewSignal();
        }
        while (_connection.State != HubConnectionState.Disconnected);

        if (!_drain.Task.IsCompleted)
        {
            return false;
        }

        // Reads on until the time has come, and not before it, even when the server is gone earlier.
        var after = TimeSpan.FromMilliseconds(Math.Clamp((await _drain.Task).TotalMilliseconds, 0, LongestDrain.TotalMilliseconds));
        await Task.Delay(after, _time, cancellationToken);
        await _connection.StopAsync(cancellationToken);
        return true;
    }

    /// <summary>False when the session has ended.</summary>
    private async Task<bool> ComeBackAsync(bool atOnce, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (!atOnce)
            {
                await Task.Delay(_backoff.Next(), _time, cancellationToken);
            }

            atOnce = false;
            try
            {
                await ConnectAsync(cancellationToken);
                return true;
            }
            catch (HttpRequestException exception) when (exception.StatusCode == HttpStatusCode.Unauthorized)
            {
                _endedBecause = "expired";
                return false;
            }
            catch (Exception exception) when (HubErrors.IsLoss(exception, cancellationToken))
            {
                // The next attempt, after a longer wait.
            }
        }
    }

    private async Task ConnectAsync(CancellationToken cancellationToken)
    {
        _lost = NewSignal();
        _drain = new TaskCompletionSource<TimeSpan>(TaskCreationOptions.RunContinuationsAsynchronously);
        await _connection.StartAsync(cancellationToken);
        Interlocked.Increment(ref _connections);
        _ready.TrySetResult();
    }

    private Task SignalAsync(HubSignal signal) => _signal(signal).AsTask();

    private void EndCalls(string reason)
    {
        _ready.TrySetException(new ClientException(ExitCode.Refused, SessionEnd.Sentence(reason)));
        // Nobody may be waiting for it.
        _ = _ready.Task.Exception;
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
