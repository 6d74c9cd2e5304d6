using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using HubChat.Server.Redis;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;
using Xunit;

namespace HubChat.Tests.Redis;

/// <summary>A Redis of the test's own: on loopback, on a port of its own, in a folder of its own; it keeps nothing on disk unless it is told to.</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(30);
    private readonly string _folder = Directory.CreateTempSubdirectory("hubchat-redis-").FullName;
    private readonly bool _keepsData;
    private Process? _process;

    /// <summary>One that does not run yet: <see cref="RestartAsync"/>.</summary>
    /// <param name="keepsData">Whether it has after a restart what it had before, but for the last second.</param>
    /// <param name="port">Where it listens; one that is free when there is none.</param>
    public RedisServer(bool keepsData = false, int? port = null) => (Port, _keepsData) = (port ?? FreePorts.Next(), keepsData);

    public int Port { get; }

    /// <summary>More of its command line.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>What it shows on its port; null for plain text there.</summary>
    public TestAuthority? Authority { get; init; }

    /// <summary>What <c>ConnectionStrings:Redis</c> is to say.</summary>
    public string Connection => $"127.0.0.1:{Port}";

    public static async Task<RedisServer> StartAsync(CancellationToken cancellationToken, bool keepsData = false)
    {
        var server = new RedisServer(keepsData);
        await server.RestartAsync(cancellationToken);
        return server;
    }

    /// <summary>Starts it on the same port, with nothing in it unless it keeps its data.</summary>
    public async Task RestartAsync(CancellationToken cancellationToken)
    {
        _process = Process.Start(new ProcessStartInfo(
            "redis-server",
            [
                "--port", $"{Port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", _keepsData ? "yes" : "no", "--appendfsync", "everysec",
                "--dir", _folder, "--daemonize", "no", "--logfile", $"{_folder}/log", .. TlsArguments(), .. Arguments,
            ]))
            ?? throw new InvalidOperationException("redis-server did not start.");
        await Eventually.HoldsAsync(IsReadyAsync, cancellationToken, ReadyWithin);
    }

    /// <summary>A connection as a node has it, once it can be used. Whoever asks disposes of it.</summary>
    public async Task<RedisConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var connection = new RedisConnection(Connection, NullLogger<RedisConnection>.Instance);
        await connection.StartAsync(cancellationToken);
        await Eventually.HoldsAsync(() => connection.IsAvailable, cancellationToken);
        return connection;
    }

    /// <summary>A client that looks into it past the server.</summary>
    public async Task<IConnectionMultiplexer> ConnectAsync() => await ConnectionMultiplexer.ConnectAsync($"{Connection},allowAdmin=true");

    /// <summary>The same for tests that cannot wait.</summary>
    public IConnectionMultiplexer Connect() => ConnectionMultiplexer.Connect($"{Connection},allowAdmin=true");

    public async Task KillAsync(CancellationToken cancellationToken)
    {
        _process!.Kill();
        await _process.WaitForExitAsync(cancellationToken);
    }

    /// <summary>Lets one that does not run now begin with nothing.</summary>
    public void Forget()
    {
        foreach (var kept in Directory.EnumerateDirectories(_folder))
        {
            Directory.Delete(kept, recursive: true);
        }
    }

    /// <summary>Lets one that does not run, and keeps its data, begin without what it wrote last.</summary>
    /// <returns>Of how many bytes.</returns>
    public long GoBack(int bytes)
    {
        using var log = new FileStream(Directory.GetFiles($"{_folder}/appendonlydir", "*.incr.aof").Order().Last(), FileMode.Open);
        var length = log.Length;
        log.SetLength(Math.Max(0, length - bytes));
        return length;
    }

    /// <summary>It keeps its connections and answers nothing.</summary>
    public void Freeze() => ProcessSignal.Stop(_process!.Id);

    public void Thaw() => ProcessSignal.Continue(_process!.Id);

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            await KillAsync(CancellationToken.None);
        }

        _process?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private IEnumerable<string> TlsArguments() => Authority is null
        ? []
        :
        [
            "--port", "0", "--tls-port", $"{Port}", "--tls-cert-file", Authority.CertificateFile, "--tls-key-file", Authority.KeyFile,
            "--tls-ca-cert-file", Authority.AuthorityFile, "--tls-auth-clients", "no",
        ];

    private async Task<bool> IsReadyAsync()
    {
        Assert.False(_process!.HasExited, "redis-server ended.");
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
