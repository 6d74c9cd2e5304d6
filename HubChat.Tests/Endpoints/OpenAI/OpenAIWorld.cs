using System.Net.Http.Headers;
using System.Text;
using HubChat.Server.Identity;
using HubChat.Server.Models;
using HubChat.Tests.App;
using HubChat.Tests.Endpoints.Auth;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace HubChat.Tests.Endpoints.OpenAI;

/// <summary>A server for the tests of one class, with a person who has a key for models and one for chats too.</summary>
public sealed class OpenAIWorld : IAsyncLifetime
{
    public const string Completions = "/v1/chat/completions";
    public const string OddName = "vendor/odd:7b";
    public const string ChatLikeName = "chat:latest";
    public const string AdminsName = "for-admins";
    public const string EndlessName = "endless";

    public OpenAIWorld() => App = new HubChatApp(new Dictionary<string, string>
    {
        ["OpenAI:PingInterval"] = "00:00:00.300",
        ["OpenAI:MaxImageBytes"] = "1000",
        ["Accounts:MaxKeysPerUser"] = "1000",
        ["Logging:LogLevel:HubChat.Server.Hosting.RequestLog"] = "Debug",
    })
    {
        MoreServices = services =>
        {
            services.AddSingleton(Model(OddName));
            services.AddSingleton(Model(ChatLikeName));
            services.AddSingleton(Model(AdminsName) with { Roles = [UserRole.Admin] });
            services.AddSingleton(Model(EndlessName) with { Client = Endless });
        },
    };

    internal HubChatApp App { get; }

    internal EndlessModel Endless { get; } = new();

    /// <summary>How many requests to the completions have ended.</summary>
    internal int EndedRequests => App.Log.All.Count(line => line.Contains($"{Completions} →", StringComparison.Ordinal));

    internal AuthClient Client { get; private set; } = null!;

    internal TestUser Ada { get; private set; } = null!;

    internal string ModelsKey { get; private set; } = "";

    internal string BothKey { get; private set; } = "";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Client = new AuthClient(App);
        Ada = await App.SignUpAsync("ada", Token);
        ModelsKey = await NewKeyAsync(Ada, "models");
        BothKey = await NewKeyAsync(Ada, "models", "chat");
    }

    public ValueTask DisposeAsync()
    {
        Client.Dispose();
        return App.DisposeAsync();
    }

    internal Task<string> NewKeyAsync(TestUser user, params string[] scopes) => Client.NewKeyAsync(user, scopes);

    /// <summary>Asks with a body exactly as written, and reads the answer to its end.</summary>
    internal Task<Answer> AskAsync(string body, string? key = null, params (string Name, string Value)[] headers) =>
        Client.SendAsync(HttpMethod.Post, Completions, new StringContent(body, Encoding.UTF8, "application/json"), key ?? ModelsKey, headers);

    /// <summary>Asks, and gives the answer as soon as its headers are there.</summary>
    internal async Task<HttpResponseMessage> OpenAsync(
        HttpClient http, string body, string? key = null, CancellationToken? cancellationToken = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(App.Address, Completions))
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key ?? ModelsKey);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken ?? Token);
    }

    private AssistantModel Model(string name) => new(name, App.Model, ContextTokens: 4_096, MaxOutputTokens: 1_024, WritesTitles: false);
}
