using HubChat.Server.Diagnostics;
using HubChat.Server.Hosting;
using HubChat.Server.Models;
using HubChat.Server.Storage;
using HubChat.Tests.Postgres;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace HubChat.Tests.App;

/// <summary>
/// The whole server in the test's process, on a real listener with a database file of its own. Its model says what the test tells it
/// to, its failpoints fail where the test arms them.
/// </summary>
internal sealed class HubChatApp : WebApplicationFactory<HostingOptions>
{
    public const string ModelName = "scripted";

    /// <summary>The same model, worth asking for titles.</summary>
    public const string TitledModelName = "titled";
    private readonly IReadOnlyDictionary<string, string> _settings;
    private readonly TimeProvider? _time;
    private readonly string _connection;
    private bool _started;

    /// <param name="settings">Configuration that differs from the tests' own, such as <c>Chats:MaxTextLength</c>.</param>
    /// <param name="time">The clock; the system's if not given.</param>
    public HubChatApp(IReadOnlyDictionary<string, string>? settings = null, TimeProvider? time = null)
    {
        (_settings, _time) = (settings ?? new Dictionary<string, string>(), time);
        DataFolder = Directory.CreateTempSubdirectory("hubchat-").FullName;
        UseKestrel(0);
        _connection = OnPostgres ? SharedPostgres.CreateDatabaseAsync().GetAwaiter().GetResult() : $"Data Source={DataFolder}/hubchat.db";
    }

    /// <summary>Whether all these servers keep what they keep in PostgreSQL rather than in a file: <c>HUBCHAT_TESTS_DATABASE=postgres</c>.</summary>
    public static bool OnPostgres { get; } = Environment.GetEnvironmentVariable("HUBCHAT_TESTS_DATABASE") == "postgres";

    public string DataFolder { get; }

    /// <summary>Settings that must not stand on the command line, where the others are put.</summary>
    public IReadOnlyDictionary<string, string?> Secrets { get; init; } = new Dictionary<string, string?>();

    /// <summary>Services beside the server's own, such as further models.</summary>
    public Action<IServiceCollection> MoreServices { get; init; } = _ => { };

    public ScriptedModel Model { get; } = new();

    public ArmedFailpoints Failpoints { get; } = new();

    /// <summary>Lines of the server's log.</summary>
    public LogLines Log { get; } = new();

    /// <summary>Where the server listens. The first use starts it.</summary>
    public Uri Address
    {
        get
        {
            Start();
            return new Uri(Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        }
    }

    /// <summary>A person with an account and no connection yet.</summary>
    public Task<TestUser> SignUpAsync(string userName, CancellationToken cancellationToken) =>
        TestUser.SignUpAsync(Address, userName, cancellationToken);

    /// <summary>A look into the database, past every door.</summary>
    public async Task<T> ReadAsync<T>(Func<ChatDbContext, Task<T>> read)
    {
        Start();
        await using var db = await Services.GetRequiredService<IDbContextFactory<ChatDbContext>>().CreateDbContextAsync();
        return await read(db);
    }

    public void Start()
    {
        if (!_started)
        {
            StartServer();
            _started = true;
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(DataFolder, recursive: true);
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseSolutionRelativeContentRoot("");
        builder.UseSetting("Urls", "http://127.0.0.1:0");
        builder.UseSetting("ConnectionStrings:HubChat", _connection);
        builder.UseSetting("Assistant:DefaultModel", ModelName);
        builder.UseSetting("Accounts:PasswordIterations", "1000");
        builder.UseSetting("RateLimits:Enabled", "false");
        builder.UseSetting("Storage:BallastBytes", "0");
        builder.UseSetting("Hosting:DrainFor", "00:00:00");
        foreach (var (key, value) in _settings)
        {
            builder.UseSetting(key, value);
        }

        builder.ConfigureAppConfiguration(configuration => configuration.AddInMemoryCollection(Secrets));
        builder.ConfigureLogging(logging => logging.ClearProviders().AddProvider(Log));
        builder.ConfigureServices(services =>
        {
            services.AddSingleton(new AssistantModel(ModelName, Model, ContextTokens: 4_096, MaxOutputTokens: 1_024, WritesTitles: false));
            services.AddSingleton(new AssistantModel(TitledModelName, Model, ContextTokens: 4_096, MaxOutputTokens: 1_024, WritesTitles: true));
            MoreServices(services);
            services.Replace(ServiceDescriptor.Singleton<IFailpoints>(Failpoints));
            if (_time is not null)
            {
                services.Replace(ServiceDescriptor.Singleton(_time));
            }
        });
    }
}
