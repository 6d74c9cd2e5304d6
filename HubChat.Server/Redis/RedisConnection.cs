using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace HubChat.Server.Redis;

/// <summary>
/// The connection to Redis. The server starts and works without it; it is made in the background, and made again when it is lost. Whether
/// Redis can be used is found out by writing to it again and again, to each master where it is a cluster: nobody who has something to do waits
/// for one that does not answer, and what a key needs does not depend on where it lies.
/// </summary>
internal sealed partial class RedisConnection : IHostedService, IAsyncDisposable
{
    public const string Name = "Redis";
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan ConnectWithin = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ProbeInterval = TimeSpan.FromMilliseconds(500);

    private readonly ConfigurationOptions _options;
    private readonly ILogger<RedisConnection> _logger;
    private readonly CancellationTokenSource _stopping = new();
    private Task _watching = Task.CompletedTask;
    private ConnectionMultiplexer? _connection;
    private volatile bool _isAvailable;

    private volatile string? _refusedCertificate;

    // What was logged last of why it is away; null once it is back.
    private string? _loggedReason;

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

        // Refuses what would be refused anyway, and keeps why: the library tells it only of the first attempt, if at all.
        _options.CertificateValidation += AcceptCertificate;

        // What waits for a lost connection is of no use to who asked.
        _options.BacklogPolicy = BacklogPolicy.FailFast;
    }

    /// <summary>Redis can be used again, or for the first time: what it was not told can be told now. Raised on a thread of the pool.</summary>
    public event Action? Returned;

    /// <summary>Whether Redis answered when it was last asked to write something.</summary>
    public bool IsAvailable => _isAvailable;

    /// <summary>The database; null while it cannot be used.</summary>
    public IDatabase? Database => _isAvailable ? _connection?.GetDatabase() : null;

    /// <summary>
    /// Subscriptions; null before the first connection. They are kept while the connection is lost and made again with it.
    /// </summary>
    public ISubscriber? Subscriber => _connection?.GetSubscriber();

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _watching = WatchAsync();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Asks Redis something; false when it is away, does not answer or refuses.</summary>
    public async Task<bool> TryAsync(Func<IDatabase, Task> ask)
    {
        if (Database is not { } database)
        {
            return false;
        }

        try
        {
            await ask(database);
            return true;
        }
        catch (Exception exception) when (IsFailure(exception))
        {
            Failed(exception);
            return false;
        }
    }

    /// <summary>Runs a script, one round trip; null when Redis is away, does not answer or refuses, as it does a key of another type.</summary>
    public async Task<RedisResult?> EvaluateAsync(string script, RedisKey[] keys, RedisValue[] arguments)
    {
        RedisResult? answer = null;
        return await TryAsync(async database => answer = await database.ScriptEvaluateAsync(script, keys, arguments)) ? answer : null;
    }

    /// <summary>What Redis itself may throw, rather than our use of it.</summary>
    public static bool IsFailure(Exception exception) =>
        exception is RedisException or TimeoutException or ObjectDisposedException or OperationCanceledException;

    /// <summary>Says that Redis did not do what it was asked. Until it answers the next probe nobody else is kept waiting.</summary>
    public void Failed(Exception exception)
    {
        // A refusal, such as of a key of another type, is an answer. One that refuses everything fails the probe.
        if (exception is not RedisServerException)
        {
            _isAvailable = false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        // Registered as what it is and as a hosted service, it is disposed of twice.
        if (_stopping.IsCancellationRequested)
        {
            return;
        }

        await _stopping.CancelAsync();
        _isAvailable = false;

        // A Redis that does not answer must not keep the process from ending.
        await CloseAsync().WaitAsync(ConnectWithin).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task CloseAsync()
    {
        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_connection is { } connection)
        {
            await connection.DisposeAsync();
        }
    }

    private async Task WatchAsync()
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        _connection = await ConnectionMultiplexer.ConnectAsync(_options);
        using var timer = new PeriodicTimer(ProbeInterval);
        do
        {
            await ProbeAsync(_connection);
        }
        while (await timer.WaitForNextTickAsync(_stopping.Token));
    }

    private async Task ProbeAsync(ConnectionMultiplexer connection)
    {
        try
        {
            await RedisMasters.WriteAsync(connection);
        }
        catch (Exception exception) when (IsFailure(exception))
        {
            _isAvailable = false;
            LogAwayOnce(exception);
            await RedisMasters.LookAgainAsync(connection);
            return;
        }

        if (_isAvailable)
        {
            return;
        }

        _refusedCertificate = null;
        if (_loggedReason is not null)
        {
            LogBack();
            _loggedReason = null;
        }

        _isAvailable = true;
        Returned?.Invoke();
    }

    /// <summary>Once for each loss; and once more when it turns out that it is TLS that fails, which does not pass by itself.</summary>
    private void LogAwayOnce(Exception exception)
    {
        if ((_refusedCertificate ?? TlsMistake(exception)) is { } mistake)
        {
            if (_loggedReason != mistake)
            {
                LogNotTrusted(mistake);
                _loggedReason = mistake;
            }
        }
        else if (_loggedReason is null)
        {
            LogAway(exception);
            _loggedReason = "";
        }
    }

    private bool AcceptCertificate(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors is not SslPolicyErrors.None)
        {
            var statuses = chain?.ChainStatus.Select(status => status.Status.ToString()) ?? [];
            _refusedCertificate = $"the certificate of {certificate?.Subject}, signed by {certificate?.Issuer}, is refused: {string.Join(", ", statuses.Prepend($"{errors}").Distinct())}.";
        }

        return errors is SslPolicyErrors.None;
    }

    private static string? TlsMistake(Exception? exception) => exception switch
    {
        null => null,
        AuthenticationException => exception.Message,
        _ => TlsMistake(exception.InnerException),
    };

    private static OptionsValidationException Mistake(string mistake) => new(
        Name, typeof(RedisConnection), [$"ConnectionStrings:Redis is no connection string of Redis, such as '127.0.0.1:6379,password=…'. {mistake}"]);

    [LoggerMessage(LogLevel.Warning, "Redis cannot be used: nodes hear late of each other until it is back")]
    private partial void LogAway(Exception exception);

    [LoggerMessage(
        LogLevel.Warning,
        "Redis cannot be used, because TLS with it fails: {Mistake} Either the system does not trust who signed its certificate, or the certificate is for another name, or that port speaks no TLS (docs/operations.md, Redis over TLS)")]
    private partial void LogNotTrusted(string mistake);

    [LoggerMessage(LogLevel.Information, "Redis is back")]
    private partial void LogBack();
}
