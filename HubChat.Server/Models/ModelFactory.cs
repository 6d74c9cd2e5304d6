using HubChat.Server.Models.Ollama;
using HubChat.Server.Models.OpenAI;
using HubChat.Server.Models.Upstreams;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Models;

/// <summary>
/// Makes models of what the configuration says about them. Models of one server share its connections and its turns, from one
/// configuration to the next.
/// </summary>
internal sealed class ModelFactory(TimeProvider time, ILoggerFactory loggers) : IDisposable
{
    /// <summary>What is offered when nothing is configured.</summary>
    public static readonly IReadOnlyList<ModelOptions> Demo =
        [new ModelOptions { Name = DemoModel.Name, Provider = ModelProvider.Demo, MaxOutputTokens = 1_024, WritesTitles = false }];

    // A model may have to be loaded from disk first (Ollama's own default for loading is five minutes).
    private static readonly ModelTimeouts OllamaTimeouts = new(FirstToken: TimeSpan.FromMinutes(2), Token: TimeSpan.FromMinutes(1));

    private readonly Lock _gate = new();
    private readonly Dictionary<ClientKey, HttpClient> _clients = [];
    private readonly Dictionary<(string Address, int MaxRunning, int MaxWaiting), Upstream> _upstreams = [];

    /// <exception cref="OptionsValidationException">An address or a key cannot be used.</exception>
    public IReadOnlyList<AssistantModel> Create(IReadOnlyList<ModelOptions> listed, AssistantOptions options)
    {
        lock (_gate)
        {
            return [.. listed.Select(model => Create(model, options))];
        }
    }

    /// <summary>What speaks with an Ollama server about itself.</summary>
    /// <exception cref="OptionsValidationException">The address cannot be used.</exception>
    public OllamaServer CreateOllama(string baseUrl)
    {
        lock (_gate)
        {
            var address = AddressOf("Assistant:Ollama", baseUrl);
            return new OllamaServer(ClientOf(address, key: "", allowLocal: true), address, time);
        }
    }

    public void Dispose()
    {
        foreach (var client in _clients.Values)
        {
            client.Dispose();
        }

        foreach (var upstream in _upstreams.Values)
        {
            upstream.Dispose();
        }
    }

    private AssistantModel Create(ModelOptions model, AssistantOptions options)
    {
        if (model.Provider is ModelProvider.Demo)
        {
            return With(model, new(model.Name, Measured(new DemoModel(Options.Create(options), time)), model.ContextTokens, model.MaxOutputTokens, WritesTitles: false));
        }

        var address = AddressOf($"Assistant:Models:{model.Name}:BaseUrl", model.BaseUrl);
        if (model.ApiKey.Length > 0 && address.Uri.Scheme == Uri.UriSchemeHttp && !address.IsLocal && !model.AllowLocal)
        {
            throw Mistake($"Assistant:Models:{model.Name}:BaseUrl: the API key would be sent in the clear; use https.");
        }

        var http = ClientOf(address, model.ApiKey, model.AllowLocal);
        var name = model.Model.Length > 0 ? model.Model : model.Name;
        IChatClient client = model.Provider is ModelProvider.Ollama
            ? new OllamaChatClient(
                http, address, name, new OllamaModelOptions(model.ContextTokens, model.KeepAlive.Length > 0 ? model.KeepAlive : null, model.Thinks), time)
            : new OpenAIChatClient(http, address, name, new OpenAIModelOptions(model.Thinks), time);
        var retrying = new RetryingChatClient(client, time, loggers.CreateLogger<RetryingChatClient>());
        return With(model, new AssistantModel(model.Name, Measured(retrying), model.ContextTokens, model.MaxOutputTokens, model.WritesTitles)
        {
            Upstream = UpstreamOf(model.Provider, address, options),
        });
    }

    private TelemetryChatClient Measured(IChatClient client) => new(client, time);

    private static AssistantModel With(ModelOptions options, AssistantModel model)
    {
        var own = options.Timeouts;
        var standard = options.Provider is ModelProvider.Ollama ? OllamaTimeouts : new ModelTimeouts();
        return model with
        {
            Provider = options.Provider.ToString().ToLowerInvariant(),
            Roles = options.Roles,
            Price = new ModelPrice(options.Price.Input, options.Price.Output),
            Timeouts = new ModelTimeouts(own.FirstToken ?? standard.FirstToken, own.Token ?? standard.Token, own.Total ?? standard.Total),
        };
    }

    private static UpstreamAddress AddressOf(string setting, string baseUrl) =>
        UpstreamAddress.TryParse(baseUrl, out var address, out var mistake)
            ? address
            : throw Mistake($"{setting}: {mistake}");

    private static OptionsValidationException Mistake(string mistake) => new(AssistantOptions.Section, typeof(AssistantOptions), [mistake]);

    private HttpClient ClientOf(UpstreamAddress address, string key, bool allowLocal)
    {
        if (!UpstreamHttp.IsKey(key))
        {
            throw Mistake($"The API key for {address.Host} holds characters that a header cannot carry.");
        }

        var clientKey = new ClientKey(address.Host, address.Port, key, allowLocal);
        if (!_clients.TryGetValue(clientKey, out var client))
        {
            _clients[clientKey] = client = UpstreamHttp.Create(new AddressGuard(address, allowLocal), key);
        }

        return client;
    }

    private Upstream UpstreamOf(ModelProvider provider, UpstreamAddress address, AssistantOptions options)
    {
        var authority = address.Uri.GetLeftPart(UriPartial.Authority);
        var key = (authority, options.MaxRunningPerUpstream, options.MaxWaitingPerUpstream);
        if (!_upstreams.TryGetValue(key, out var upstream))
        {
            _upstreams[key] = upstream = new Upstream(
                provider.ToString().ToLowerInvariant(), authority, options.MaxRunningPerUpstream, options.MaxWaitingPerUpstream, time);
        }

        return upstream;
    }

    private readonly record struct ClientKey(string Host, int Port, string Key, bool AllowLocal);
}
