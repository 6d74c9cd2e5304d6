using System.Data.Common;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Nodes;

/// <summary>Says again and again that this node lives.</summary>
internal sealed partial class NodeHeartbeat(
    NodeIdentity node, IOptions<NodeOptions> options, TimeProvider time, ILogger<NodeHeartbeat> logger, INodeStore? store = null) : BackgroundService
{
    private readonly Lock _gate = new();
    private long? _renewedAt;
    private long? _steadySince;
    private Task? _leaving;

    /// <summary>Whether the database does not take it now.</summary>
    public bool IsLate { get; private set; }

    /// <summary>
    /// Whether this node has said so without a break for as long as a lease. When the database was away for everybody, all leases have
    /// ended; who comes back first must give the others the time to come back too before it takes what is theirs.
    /// </summary>
    public bool IsSteady
    {
        get
        {
            lock (_gate)
            {
                return store is null || (_steadySince is { } since && !IsBroken() && time.GetElapsedTime(since) >= options.Value.Lease);
            }
        }
    }

    /// <summary>The lease is there before anything is claimed under it.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (store is not null)
        {
            await RenewAsync(cancellationToken);
            LogJoined(node.Id, node.Name);
            await base.StartAsync(cancellationToken);
        }
    }

    /// <summary>Comes after the replies were given back: this is registered before those who claim them.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (store is null)
        {
            return;
        }

        // A host may be stopped by two at once; neither may go on and take the database away before the other has ended here.
        Task leaving;
        lock (_gate)
        {
            leaving = _leaving ??= LeaveAsync(store, cancellationToken);
        }

        await leaving;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.RenewEvery, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await RenewAsync(stoppingToken);
                IsLate = false;
            }
            catch (DbException exception)
            {
                if (!IsLate)
                {
                    LogNotRenewed(exception, options.Value.Lease);
                    IsLate = true;
                }
            }
        }
    }

    private async Task LeaveAsync(INodeStore nodes, CancellationToken cancellationToken)
    {
        try
        {
            await nodes.RemoveAsync(node, cancellationToken);
        }
        catch (DbException exception)
        {
            // The lease ends by itself.
            LogNotRemoved(exception);
        }
    }

    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        // The lease begins when it was asked for, however long the answer takes.
        var askedAt = time.GetTimestamp();
        await store!.RenewAsync(node, options.Value.Lease, cancellationToken);
        lock (_gate)
        {
            _steadySince = IsBroken() ? askedAt : _steadySince ?? askedAt;
            _renewedAt = askedAt;
        }
    }

    private bool IsBroken() => _renewedAt is { } renewedAt && time.GetElapsedTime(renewedAt) > options.Value.Lease;

    [LoggerMessage(LogLevel.Information, "This is node {NodeId} at {Machine}")]
    private partial void LogJoined(Guid nodeId, string machine);

    [LoggerMessage(LogLevel.Warning, "The database could not be told that this node lives; after {Lease} its replies are taken over")]
    private partial void LogNotRenewed(Exception exception, TimeSpan lease);

    [LoggerMessage(LogLevel.Warning, "The database could not be told that this node ends")]
    private partial void LogNotRemoved(Exception exception);
}
