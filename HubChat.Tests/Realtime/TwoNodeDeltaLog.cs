using HubChat.Server.Ids;
using HubChat.Server.Realtime;
using HubChat.Tests.Redis;

namespace HubChat.Tests.Realtime;

/// <summary>Everything is written at one node and read at another: what holds for a log in one process has to hold for this too.</summary>
internal sealed class TwoNodeDeltaLog : IDeltaLog, IAsyncDisposable
{
    private readonly RedisServer? _server;

    private TwoNodeDeltaLog(RedisServer? server, DeltaLogNode writer, DeltaLogNode reader) => (_server, Writer, Reader) = (server, writer, reader);

    public event Action<ReplyOrigin, Delta>? Arrived
    {
        add => Reader.Log.Arrived += value;
        remove => Reader.Log.Arrived -= value;
    }

    /// <summary>Its own Redis.</summary>
    public RedisServer Server => _server!;

    public DeltaLogNode Writer { get; }

    public DeltaLogNode Reader { get; }

    public static async Task<TwoNodeDeltaLog> StartAsync(CancellationToken cancellationToken)
    {
        var server = await RedisServer.StartAsync(cancellationToken);
        return new TwoNodeDeltaLog(server, await DeltaLogNode.StartAsync(server, cancellationToken), await DeltaLogNode.StartAsync(server, cancellationToken));
    }

    /// <summary>On a cluster that outlives it.</summary>
    public static async Task<TwoNodeDeltaLog> StartAsync(RedisCluster cluster, CancellationToken cancellationToken) => new(
        server: null,
        await DeltaLogNode.StartAsync(await cluster.OpenAsync(cancellationToken), cancellationToken),
        await DeltaLogNode.StartAsync(await cluster.OpenAsync(cancellationToken), cancellationToken));

    /// <summary>Both nodes and Redis lose what they have.</summary>
    public void Lose()
    {
        using var redis = Server.Connect();
        redis.GetServers().Single().FlushAllDatabases();
        Writer.Local.Lose();
        Reader.Local.Lose();
    }

    public async ValueTask<DeltaReset> OpenAsync(ReplyOrigin reply, long epoch, string text, CancellationToken cancellationToken)
    {
        // As when somebody watches the chat there.
        await Reader.Backplane.FollowAsync(reply.ChatId);
        return await Writer.Log.OpenAsync(reply, epoch, text, cancellationToken);
    }

    public ValueTask<DeltaText> AppendAsync(GenerationId id, long epoch, string text, CancellationToken cancellationToken) =>
        Writer.Log.AppendAsync(id, epoch, text, cancellationToken);

    public ValueTask<DeltaDone> SealAsync(GenerationId id, long epoch, DeltaEnd end, CancellationToken cancellationToken) =>
        Writer.Log.SealAsync(id, epoch, end, cancellationToken);

    public ValueTask CloseAsync(GenerationId id, long epoch, string? title, CancellationToken cancellationToken) =>
        Writer.Log.CloseAsync(id, epoch, title, cancellationToken);

    public ValueTask<IReadOnlyList<Delta>> EraseAsync(ReplyOrigin reply, long epoch, DeltaEnd end, CancellationToken cancellationToken) =>
        Writer.Log.EraseAsync(reply, epoch, end, cancellationToken);

    public ValueTask EndAsync(ReplyOrigin reply, long epoch, string text, DeltaEnd end, CancellationToken cancellationToken) =>
        Writer.Log.EndAsync(reply, epoch, text, end, cancellationToken);

    public ValueTask<DeltaRead?> ReadAsync(GenerationId id, StreamPosition from, CancellationToken cancellationToken) =>
        Reader.Log.ReadAsync(id, from, cancellationToken);

    public IAsyncEnumerable<Delta> FollowAsync(GenerationId id, StreamPosition from, CancellationToken cancellationToken) =>
        Reader.Log.FollowAsync(id, from, cancellationToken);

    public ValueTask<EntryRead?> ReadEntriesAsync(GenerationId id, long epoch, long afterNumber, int max, CancellationToken cancellationToken) =>
        Reader.Log.ReadEntriesAsync(id, epoch, afterNumber, max, cancellationToken);

    public Task WaitForEntryAsync(GenerationId id, long epoch, long afterNumber, CancellationToken cancellationToken) =>
        Reader.Log.WaitForEntryAsync(id, epoch, afterNumber, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await Writer.DisposeAsync();
        await Reader.DisposeAsync();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }
}
