using System.Threading.RateLimiting;
using HubChat.Server.Chats.Watching;
using HubChat.Server.Diagnostics;
using HubChat.Server.Errors;
using HubChat.Server.Identity;
using HubChat.Server.Ids;
using HubChat.Server.Limits;
using HubChat.Server.Realtime;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace HubChat.Server.Endpoints.Hubs;

/// <summary>One hub connection: its outbox, its watches, its session and its share of calls.</summary>
internal sealed class ChatConnection : Outbox, IOutboxSource, IDisposable
{
    private static readonly object ItemKey = new();

    private readonly Lock _gate = new();
    private readonly Dictionary<ChatId, ChatWatch> _watches = [];
    private readonly HubConnectionContext _connection;
    private readonly RealtimeOptions _options;
    private readonly TokenBucketRateLimiter? _calls;
    private readonly Action<Exception> _onFailed;
    private volatile bool _isOutdated;
    private IDisposable? _leave;
    private bool _isDisposed;

    public ChatConnection(
        HubConnectionContext connection, SessionIdentity session, string address, RealtimeOptions options, RateLimitOptions limits, TimeProvider time,
        Action<Exception> onFailed)
        : base(options, time)
    {
        (_connection, _options, _onFailed, Session, User, Address) = (connection, options, onFailed, session, session.User, address);
        _calls = limits.Enabled ? NewLimiter(limits) : null;
        connection.Items[ItemKey] = this;
    }

    public SessionIdentity Session { get; }

    /// <summary>Who is connected, as last looked up.</summary>
    public CurrentUser User { get; set; }

    /// <summary>Whether who is connected has changed and is to be looked up again.</summary>
    public bool IsOutdated { get => _isOutdated; set => _isOutdated = value; }

    /// <summary>Where from.</summary>
    public string Address { get; }

    public InboxWatch? Inbox { get; set; }

    public static ChatConnection Of(HubCallerContext context) => (ChatConnection)context.Items[ItemKey]!;

    /// <exception cref="ChatException">rate_limited.</exception>
    public void RequireCall()
    {
        if (_calls is null)
        {
            return;
        }

        _calls.TryReplenish();
        using var lease = _calls.AttemptAcquire();
        if (!lease.IsAcquired)
        {
            throw ChatException.RateLimited(TimeSpan.FromSeconds(1));
        }
    }

    /// <exception cref="ChatException">limit_reached.</exception>
    public void RequireRoomForWatch(ChatId chatId)
    {
        lock (_gate)
        {
            if (_watches.Count >= _options.MaxWatchesPerConnection && !_watches.ContainsKey(chatId))
            {
                throw ChatException.LimitReached("limit_reached", $"A connection may watch {_options.MaxWatchesPerConnection} chats.");
            }
        }
    }

    /// <summary>Keeps a watch; a former one of the same chat ends.</summary>
    public void Add(ChatWatch watch)
    {
        ChatWatch? former;
        lock (_gate)
        {
            _watches.TryGetValue(watch.ChatId, out former);
            _watches[watch.ChatId] = watch;
        }

        former?.Stop();
    }

    /// <summary>Forgets a watch that has ended by itself.</summary>
    public void Remove(ChatWatch watch)
    {
        lock (_gate)
        {
            if (_watches.TryGetValue(watch.ChatId, out var current) && current == watch)
            {
                _watches.Remove(watch.ChatId);
            }
        }
    }

    public void Unwatch(ChatId chatId)
    {
        ChatWatch? watch;
        lock (_gate)
        {
            _watches.Remove(chatId, out watch);
        }

        watch?.Stop();
    }

    /// <summary>Waits until the connection has taken everything that was written before: a ping is written when that is so.</summary>
    public Task WhenTakenAsync(CancellationToken cancellationToken) => _connection.WriteAsync(PingMessage.Instance, cancellationToken).AsTask();

    /// <summary>
    /// Keeps the leave to make an answer, which is given back when the answer was written, here in case it never is. There is one at a time,
    /// as a connection makes one call after the other.
    /// </summary>
    public void Hold(IDisposable leave)
    {
        bool isTooLate;
        lock (_gate)
        {
            _leave = leave;
            isTooLate = _isDisposed;
        }

        if (isTooLate)
        {
            leave.Dispose();
        }
    }

    /// <summary>Tells this connection something that belongs to no watch.</summary>
    public void Tell(OutboxItem notice) => Offer(this, notice);

    /// <summary>Says why, and closes. What waits is given a moment to leave.</summary>
    public async Task EndAsync(SessionEnd reason, TimeProvider time)
    {
        Tell(new SessionEndedNotice(reason));
        await Task.WhenAny(WhenDrained(), Task.Delay(TimeSpan.FromMilliseconds(500), time));
        _connection.Abort();
    }

    public void Dispose()
    {
        Close();
        List<ChatWatch> watches;
        lock (_gate)
        {
            watches = [.. _watches.Values];
            _watches.Clear();
            _isDisposed = true;
        }

        _leave?.Dispose();

        foreach (var watch in watches)
        {
            watch.Stop();
        }

        _calls?.Dispose();
    }

    public OutboxItem? Admit(OutboxItem item, out bool isBehind)
    {
        isBehind = false;
        return item;
    }

    // A notice that was dropped needs no repair: a connection that slow is about to be closed.
    public Task<OutboxItem?> CatchUpAsync(CancellationToken cancellationToken) => Task.FromResult<OutboxItem?>(null);

    public void AbortSlow() => Abort("The connection takes nothing.");

    protected override Task WriteAsync(OutboxItem item, CancellationToken cancellationToken)
    {
        var write = _connection.WriteAsync(item.As(HubFrames.Encode), cancellationToken).AsTask();
        return item is DeltaUpdate { ShownAt: var shownAt } && HubTelemetry.DeltaLag.Enabled ? MeasureAsync(write, shownAt) : write;
    }

    protected override void Abort(string reason) => _connection.Abort();

    protected override void OnFailed(Exception exception) => _onFailed(exception);

    private static Task MeasureAsync(Task write, long shownAt)
    {
        if (!write.IsCompletedSuccessfully)
        {
            return MeasureSlowAsync(write, shownAt);
        }

        HubTelemetry.DeltaLag.RecordSince(shownAt);
        return write;
    }

    private static async Task MeasureSlowAsync(Task write, long shownAt)
    {
        await write;
        HubTelemetry.DeltaLag.RecordSince(shownAt);
    }

    private static TokenBucketRateLimiter NewLimiter(RateLimitOptions limits) => new(new TokenBucketRateLimiterOptions
    {
        TokenLimit = limits.HubBurst,
        TokensPerPeriod = 1,
        ReplenishmentPeriod = TimeSpan.FromSeconds(1.0 / limits.HubCallsPerSecond),
        AutoReplenishment = false,
        QueueLimit = 0,
    });
}
