using HubChat.Server.Redis;
using HubChat.Tests.App;
using Microsoft.Extensions.Logging;
using Xunit;

namespace HubChat.Tests.Redis;

public sealed class RedisConnectionTests : IAsyncLifetime
{
    private readonly LogLines _log = new();
    private readonly RedisServer _server = new()
    {
        Arguments = ["--user", "default", "off", "--user", "hubchat", "on", ">secret", "~*", "&*", "+@all"],
    };

    private ILoggerFactory _loggers = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _loggers = LoggerFactory.Create(logging => logging.AddProvider(_log));
        await _server.RestartAsync(Token);
    }

    public async ValueTask DisposeAsync()
    {
        _loggers.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Redis_that_wants_a_user_and_a_password_is_given_them_and_again_after_a_restart()
    {
        await using var connection = await StartAsync("user=hubchat,password=secret");
        var returns = 0;
        connection.Returned += () => Interlocked.Increment(ref returns);
        await Eventually.HoldsAsync(() => connection.IsAvailable, Token);

        await _server.KillAsync(Token);
        await Eventually.HoldsAsync(() => !connection.IsAvailable, Token);
        Assert.False(await connection.TryAsync(_ => Task.CompletedTask));
        await _server.RestartAsync(Token);

        await Eventually.HoldsAsync(() => connection.IsAvailable, Token, TimeSpan.FromSeconds(30));
        Assert.True(await connection.TryAsync(database => database.PingAsync()));
        Assert.InRange(Volatile.Read(ref returns), 1, 2);
    }

    [Theory]
    [InlineData("user=hubchat,password=wrong")]
    [InlineData("password=secret")]
    [InlineData("")]
    public async Task Redis_that_knows_nobody_of_this_name_is_not_used_and_the_log_says_so_once_and_without_the_password(string credentials)
    {
        await using var connection = await StartAsync(credentials);

        await Eventually.HoldsAsync(() => _log.All.Any(line => line.Contains("Redis cannot be used", StringComparison.Ordinal)), Token, TimeSpan.FromSeconds(30));

        Assert.False(connection.IsAvailable);
        Assert.Null(connection.Database);
        Assert.DoesNotContain(_log.All, line => line.Contains("secret", StringComparison.Ordinal) || line.Contains("wrong", StringComparison.Ordinal));
    }

    private async Task<RedisConnection> StartAsync(string credentials)
    {
        var connection = new RedisConnection($"{_server.Connection},{credentials}", _loggers.CreateLogger<RedisConnection>());
        await connection.StartAsync(Token);
        return connection;
    }
}
