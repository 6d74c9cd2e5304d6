using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace HubChat.Server.Redis;

/// <summary>
/// The connection to Redis. The server starts and works without it; it is made in the background, and made again when it is lost.
/// </summary>
internal sealed partial class RedisConnection : IHostedService, IAsyncDisposable
{
    public const string Name = "Redis";
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan ConnectWithin = TimeSpan.FromSeconds(2);

    private readonly ConfigurationOptions _options;
    private readonly ILogger<RedisConnection> _logger;
    private Task<ConnectionMultiplexer>? _connecting;

    /// <param name="connection">As StackExchange.Redis writes it: <c>host:port,user=…,password=…,ssl=true</c>.</param>
    /// <param name="logger">Told of losses and returns.</param>
    /// <exception cref="OptionsValidationException">The text is no connection string.</exception>
    public RedisConnection(string connection, ILogger<RedisConnection> logger)
    {
        _logger = logger;
        try
        {
            _options = ConfigurationOptions.Parse(connection);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException)
        {
            throw Mistake(exception.Message);
        }

        if (_options.EndPoints.Count == 0)
        {
            throw Mistake("It names no server.");
        }

        _options.AbortOnConnectFail = false;
        _options.ConnectTimeout = (int)ConnectWithin.TotalMilliseconds;
        _options.AsyncTimeout = _options.SyncTimeout = (int)AnswerWithin.TotalMilliseconds;

        // What waits for a lost connection is of no use to who asked.
        _options.BacklogPolicy = BacklogPolicy.FailFast;
    }

    /// <summary>The database; null while there is no connection.</summary>
    public IDatabase? Database =>
        _connecting is { IsCompletedSuccessfully: true, Result: { IsConnected: true } connection } ? connection.GetDatabase() : null;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _connecting = ConnectAsync();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_connecting is null)
        {
            return;
        }

        await ((Task)_connecting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_connecting.IsCompletedSuccessfully)
        {
            await (await _connecting).DisposeAsync();
        }
    }

    private async Task<ConnectionMultiplexer> ConnectAsync()
    {
        var connection = await ConnectionMultiplexer.ConnectAsync(_options);
        connection.ConnectionFailed += (_, failed) => LogLost(failed.FailureType);
        connection.ConnectionRestored += (_, _) => LogRestored();
        return connection;
    }

    private static OptionsValidationException Mistake(string mistake) => new(
        Name, typeof(RedisConnection), [$"ConnectionStrings:Redis is no connection string of Redis, such as '127.0.0.1:6379,password=…'. {mistake}"]);

    [LoggerMessage(LogLevel.Warning, "The connection to Redis is lost: {Failure}")]
    private partial void LogLost(ConnectionFailureType failure);

    [LoggerMessage(LogLevel.Information, "The connection to Redis is back")]
    private partial void LogRestored();
}
