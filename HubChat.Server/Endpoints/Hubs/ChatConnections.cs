using System.Collections.Concurrent;
using System.Threading.Channels;
using HubChat.Server.Chats.Watching;
using HubChat.Server.Errors;
using HubChat.Server.Identity;
using HubChat.Server.Ids;
using HubChat.Server.Limits;
using HubChat.Server.Realtime;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Endpoints.Hubs;

/// <summary>
/// The hub's connections of this node. It keeps each connection's context, so that updates can be written as shared bytes; sending to
/// groups is left to SignalR and not used.
/// </summary>
internal sealed partial class ChatConnections : DefaultHubLifetimeManager<ChatHub>
{
    private readonly ConcurrentDictionary<string, ChatConnection> _connections = new();
    private readonly Channel<(ChatConnection Connection, SessionEnd Reason)> _ending =
        Channel.CreateUnbounded<(ChatConnection Connection, SessionEnd Reason)>();

    private readonly InboxFeed _inbox;
    private readonly RealtimeOptions _realtime;
    private readonly RateLimitOptions _limits;
    private readonly TimeProvider _time;
    private readonly IHostApplicationLifetime _application;
    private readonly ILogger<ChatConnections> _logger;

    public ChatConnections(
        InboxFeed inbox, SessionService sessions, IOptions<RealtimeOptions> realtime, IOptions<RateLimitOptions> limits, TimeProvider time,
        IHostApplicationLifetime application, ILogger<ChatConnections> logger, ILogger<DefaultHubLifetimeManager<ChatHub>> baseLogger)
        : base(baseLogger)
    {
        (_inbox, _realtime, _limits, _time, _application, _logger) = (inbox, realtime.Value, limits.Value, time, application, logger);
        sessions.Ended += End;
        sessions.Changed += Outdate;
    }

    public ICollection<ChatConnection> All => _connections.Values;

    /// <summary>Connections that are to be closed because their session has ended; there are never more than connections.</summary>
    public ChannelReader<(ChatConnection Connection, SessionEnd Reason)> Ending => _ending.Reader;

    public void End(ChatConnection connection, SessionEnd reason) => _ending.Writer.TryWrite((connection, reason));

    public override Task OnConnectedAsync(HubConnectionContext connection)
    {
        if (_application.ApplicationStopping.IsCancellationRequested)
        {
            // SignalR has closed all connections by now, once; one that came after that would hold up the end until its time runs out.
            throw HubErrors.ToHubException(ChatException.Draining());
        }

        var session = SessionIdentity.Of(connection.User) ?? throw HubErrors.ToHubException(ChatException.NotSignedIn());
        var address = ClientAddress.Of(connection.Features.Get<Microsoft.AspNetCore.Http.Connections.Features.IHttpContextFeature>()?.HttpContext);
        _connections[connection.ConnectionId] = new ChatConnection(connection, session, address, _realtime, _limits, _time, LogOutboxFailed);
        return base.OnConnectedAsync(connection);
    }

    public override Task OnDisconnectedAsync(HubConnectionContext connection)
    {
        if (_connections.TryRemove(connection.ConnectionId, out var closed))
        {
            closed.Dispose();
            if (closed.Inbox is { } inbox)
            {
                _inbox.Detach(inbox);
            }
        }

        return base.OnDisconnectedAsync(connection);
    }

    /// <exception cref="ChatException">limit_reached, when this connection is one too many for its person or its address.</exception>
    public void RequireRoom(ChatConnection connection)
    {
        if (!_limits.Enabled)
        {
            return;
        }

        if (_connections.Values.Count(other => other.User.Id == connection.User.Id) > _limits.ConnectionsPerUser)
        {
            throw ChatException.LimitReached("limit_reached", $"A person may have {_limits.ConnectionsPerUser} connections.");
        }

        if (_connections.Values.Count(other => other.Address == connection.Address) > _limits.ConnectionsPerAddress)
        {
            throw ChatException.LimitReached("limit_reached", $"An address may have {_limits.ConnectionsPerAddress} connections.");
        }
    }

    private void End(IReadOnlyCollection<SessionId> sessions, SessionEnd reason)
    {
        foreach (var connection in _connections.Values.Where(connection => sessions.Contains(connection.User.SessionId)))
        {
            End(connection, reason);
        }
    }

    private void Outdate(UserId userId)
    {
        foreach (var connection in _connections.Values.Where(connection => connection.User.Id == userId))
        {
            connection.IsOutdated = true;
        }
    }

    [LoggerMessage(LogLevel.Error, "A hub connection could not be given what it lacks and is closed")]
    private partial void LogOutboxFailed(Exception exception);
}
