using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using HubChat.Server.Redis;
using HubChat.Tests.App;
using Microsoft.Extensions.Logging;
using Xunit;

namespace HubChat.Tests.Redis;

/// <summary>Redis over TLS that is not what it should be. What a trusted one is used for is seen at whole nodes: <c>Cluster/TrustedRedisTests</c>.</summary>
public sealed class RedisTlsTests : IDisposable
{
    private const string Credentials = "user=hubchat,password=secret";
    private readonly LogLines _log = new();
    private readonly ILoggerFactory _loggers;

    public RedisTlsTests() => _loggers = LoggerFactory.Create(logging => logging.AddProvider(_log));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _loggers.Dispose();

    [Theory]
    [InlineData("localhost", "UntrustedRoot")]
    [InlineData(null, "RemoteCertificateNameMismatch")]
    public async Task Redis_whose_certificate_is_not_trusted_is_not_used_and_the_log_says_why(string? host, string why)
    {
        using var authority = new TestAuthority(host);
        await using var server = new RedisServer { Authority = authority };
        await server.RestartAsync(Token);
        await using var connection = await StartAsync($"{server.Connection},{Credentials},ssl=true");

        await AwayAsync();

        Assert.False(connection.IsAvailable);
        Assert.Null(connection.Database);
        var line = Assert.Single(_log.All, line => line.Contains("TLS with it fails", StringComparison.Ordinal));
        Assert.Contains(why, line, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Why_is_logged_too_when_Redis_was_not_there_at_first()
    {
        using var authority = new TestAuthority();
        await using var server = new RedisServer { Authority = authority };
        await using var connection = await StartAsync($"{server.Connection},{Credentials},ssl=true");
        await Eventually.HoldsAsync(() => _log.All.Any(line => line.Contains("Redis cannot be used: ", StringComparison.Ordinal)), Token, TimeSpan.FromSeconds(30));

        await server.RestartAsync(Token);

        await AwayAsync();
        Assert.Single(_log.All, line => line.Contains("Redis cannot be used: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Server_that_speaks_no_TLS_is_told_nothing_in_plain_text()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var heard = new ConcurrentQueue<byte[]>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var listening = ListenAsync(listener, heard, stop.Token);
        await using (var connection = await StartAsync($"{listener.LocalEndpoint},{Credentials},ssl=true"))
        {
            await Eventually.HoldsAsync(() => heard.Count >= 2, Token, TimeSpan.FromSeconds(30));
            Assert.False(connection.IsAvailable);
        }

        await stop.CancelAsync();
        await listening;

        // 22: a handshake of TLS.
        Assert.All(heard, first => Assert.Equal(22, first[0]));
        Assert.All(heard, first => Assert.DoesNotContain("secret", Encoding.Latin1.GetString(first), StringComparison.Ordinal));
    }

    /// <summary>Takes what is said first on each connection, and answers as a Redis without TLS does to what it does not understand.</summary>
    private static async Task ListenAsync(TcpListener listener, ConcurrentQueue<byte[]> heard, CancellationToken cancellationToken)
    {
        var buffer = new byte[16_384];
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                using var client = await listener.AcceptTcpClientAsync(cancellationToken);
                if (await client.GetStream().ReadAsync(buffer, cancellationToken) is > 0 and var length)
                {
                    heard.Enqueue(buffer[..length]);
                    await client.GetStream().WriteAsync("-ERR unknown command\r\n"u8.ToArray(), cancellationToken);
                }
            }
            catch (Exception exception) when (exception is OperationCanceledException or IOException)
            {
                // Hung up; the next one is listened to.
            }
        }
    }

    private Task AwayAsync() => Eventually.HoldsAsync(
        () => _log.All.Any(line => line.Contains("Redis cannot be used, because TLS", StringComparison.Ordinal)), Token, TimeSpan.FromSeconds(30));

    private async Task<RedisConnection> StartAsync(string connectionString)
    {
        var connection = new RedisConnection(connectionString, _loggers.CreateLogger<RedisConnection>());
        await connection.StartAsync(Token);
        return connection;
    }
}
