using System.Text.Json;
using HubChat.Tests.App;
using HubChat.Tests.Models.Fakes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace HubChat.Tests.Models;

/// <summary>A server whose models are behind a fake Ollama and a fake OpenAI server, and a person in a chat.</summary>
internal sealed class ModelWorld : IAsyncDisposable
{
    public const string Key = "sk-marker-key-zqxj";
    private int _posts;

    private ModelWorld(FakeOllama ollama, FakeOpenAI openAI, HubChatApp app, TestUser ada, TestConnection hub) =>
        (Ollama, OpenAI, App, Ada, Hub) = (ollama, openAI, app, ada, hub);

    public FakeOllama Ollama { get; }

    public FakeOpenAI OpenAI { get; }

    public HubChatApp App { get; }

    public TestUser Ada { get; }

    public TestConnection Hub { get; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<ModelWorld> StartAsync(params (string Name, string Value)[] settings)
    {
        var (ollama, openAI) = (await FakeOllama.StartAsync(), await FakeOpenAI.StartAsync());
        var all = new Dictionary<string, string>
        {
            ["Assistant:DefaultModel"] = "",
            ["Assistant:Models:0:Name"] = "ollama",
            ["Assistant:Models:0:Provider"] = "ollama",
            ["Assistant:Models:0:BaseUrl"] = $"{ollama.Address}",
            ["Assistant:Models:0:Model"] = OllamaProtocol.Model,
            ["Assistant:Models:1:Name"] = "openai",
            ["Assistant:Models:1:Provider"] = "openai",
            ["Assistant:Models:1:BaseUrl"] = $"{openAI.BaseAddress}",
            ["Assistant:Models:1:Model"] = OpenAIProtocol.Model,
            ["Assistant:Models:0:WritesTitles"] = "false",
            ["Assistant:Models:1:WritesTitles"] = "false",
        };
        foreach (var (name, value) in settings)
        {
            all[name] = value;
        }

        var app = new HubChatApp(all) { Secrets = new Dictionary<string, string?> { ["Assistant:Models:1:ApiKey"] = Key } };
        var ada = await app.SignUpAsync("ada", Token);
        return new ModelWorld(ollama, openAI, app, ada, await ada.ConnectAsync(Token));
    }

    /// <summary>The next answer of a model's server.</summary>
    public void Script(string model, Action<FakeAnswer> script) => UpstreamOf(model).Script(script);

    public FakeUpstream UpstreamOf(string model) => model == "ollama" ? Ollama : OpenAI;

    public async Task<string> NewChatAsync(string model, TestConnection? hub = null)
    {
        var chat = await (hub ?? Hub).CallAsync("CreateChat", Token, new { settings = new { model } });
        return chat.GetProperty("id").GetString()!;
    }

    /// <summary>Asks in a new chat, and gives the reply as it is stored once it has ended.</summary>
    public async Task<JsonElement> AskAsync(string model, string text = "Hello")
    {
        var chat = await NewChatAsync(model);
        await Hub.WatchAsync(chat, Token);
        await Hub.PostAsync(chat, text, $"c-{Interlocked.Increment(ref _posts)}", Token);
        return (await Hub.NextEventAsync("generation.completed", Token)).GetProperty("message");
    }

    public async Task<IReadOnlyList<string>> ModelNamesAsync(TestConnection? hub = null) =>
        [.. (await (hub ?? Hub).CallAsync("ListModels", Token)).GetProperty("models").EnumerateArray().Select(model => model.GetProperty("name").GetString()!)];

    /// <summary>Changes the configuration of the running server.</summary>
    public void Configure(params (string Name, string? Value)[] settings)
    {
        var configuration = (IConfigurationRoot)App.Services.GetRequiredService<IConfiguration>();
        foreach (var (name, value) in settings)
        {
            configuration[name] = value;
        }

        configuration.Reload();
    }

    public async ValueTask DisposeAsync()
    {
        await Hub.DisposeAsync();
        await App.DisposeAsync();
        await Ollama.DisposeAsync();
        await OpenAI.DisposeAsync();
    }
}
