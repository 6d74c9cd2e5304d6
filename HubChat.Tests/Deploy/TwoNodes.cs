using System.Net.Http.Json;
using System.Text.Json;
using HubChat.Tests.App;
using HubChat.Tests.Endpoints.Hubs;
using HubChat.Tests.Faults;
using Microsoft.Data.Sqlite;
using Xunit;

namespace HubChat.Tests.Deploy;

/// <summary>
/// Two nodes behind deploy/nginx.conf. Each has an SQLite database of its own, the second a copy of the first's: the same people and sessions
/// are known to both, what is written after that only to one.
/// </summary>
public sealed class TwoNodes : IAsyncLifetime
{
    // Which node a session goes to is chance: so many are not all of one.
    internal const int SessionCount = 16;

    internal ServerProcess First { get; private set; } = null!;

    internal ServerProcess Second { get; private set; } = null!;

    internal NginxServer Nginx { get; private set; } = null!;

    /// <summary>Ada, as the proxy's clients know her: one for each of her sessions.</summary>
    internal IReadOnlyList<TestUser> Sessions { get; private set; } = [];

    /// <summary>An API key for both doors.</summary>
    internal string Key { get; private set; } = "";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        if (!Tool.IsInstalled("nginx"))
        {
            return;
        }

        (string, string)[] settings =
        [
            ("Hosting__TrustedProxies__0", "127.0.0.1"), ("RateLimits__Enabled", "true"), ("RateLimits__SignInsPerAccount", "1000"),
            ("RateLimits__SignInsPerAddress", "1000"), ("RateLimits__ConnectionsPerUser", "1000"),

            // Longer than anybody looks at a node that drains.
            ("Hosting__DrainFor", "00:00:20"),
            ("Hosting__DrainFor", "00:00:20"),
        ];
        First = await FaultServer.StartAsync(Token, settings);
        var ada = await First.SignUpAsync("ada", Token);
        Key = (await ApiWorld.NewKeyAsync(ada, "models", "chat")).GetProperty("token").GetString()!;
        using var http = new HttpClient { BaseAddress = First.Address };
        var tokens = new List<string>();
        while (tokens.Count < SessionCount)
        {
            using var response = await http.PostAsJsonAsync("/api/auth/login", new { username = "ada", password = TestUser.Password }, Token);
            response.EnsureSuccessStatusCode();
            tokens.Add((await response.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("token").GetString()!);
        }

        Second = await FaultServer.StartAsync(Token, settings);
        await CopyDatabaseAsync();
        Nginx = await NginxServer.StartAsync(First.Address, Second.Address, Token);
        Sessions = [.. tokens.Select(token => new TestUser(Nginx.Address, ada.UserName, ada.Id, token))];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var part in new IAsyncDisposable?[] { Nginx, Second, First })
        {
            if (part is not null)
            {
                await part.DisposeAsync();
            }
        }
    }

    private async Task CopyDatabaseAsync()
    {
        Second.Kill();
        await Second.ExitedAsync(Token);
        foreach (var file in new[] { Second.Database, $"{Second.Database}-wal", $"{Second.Database}-shm" })
        {
            File.Delete(file);
        }

        await using (var connection = new SqliteConnection($"Data Source={First.Database};Mode=ReadWrite;Pooling=False"))
        {
            await connection.OpenAsync(Token);
            await using var copy = connection.CreateCommand();
            copy.CommandText = "VACUUM INTO $copy";
            copy.Parameters.AddWithValue("$copy", Second.Database);
            await copy.ExecuteNonQueryAsync(Token);
        }

        await Second.RestartAsync(Token);
    }
}
