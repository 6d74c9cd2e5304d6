using Microsoft.Extensions.Options;

namespace HubChat.Server.Models.Ollama;

/// <summary>
/// With <c>Assistant:Ollama</c> given and no models listed, offers what that server has, and looks again from time to time: a model that
/// was pulled there can be chosen here.
/// </summary>
internal sealed partial class OllamaDiscovery(ModelCatalog catalog, ModelFactory factory, TimeProvider time, ILogger<OllamaDiscovery> logger)
    : BackgroundService
{
    private static readonly TimeSpan AskWithin = TimeSpan.FromSeconds(5);

    // A server that is started together with this one is often there a moment later.
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);

    private readonly Dictionary<string, OllamaModelDetails> _details = [];
    private IReadOnlyList<ModelOptions> _found = [];
    private bool _isReached = true;

    private bool IsWanted => catalog.Options is { Ollama.Length: > 0, Models.Count: 0 };

    /// <summary>The first look comes before anybody is served, if the server answers soon.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await LookAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var refresh = catalog.Options.OllamaRefresh;
            await Task.Delay(_isReached || refresh < RetryAfter ? refresh : RetryAfter, time, stoppingToken);
            await LookAsync(stoppingToken);
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        if (!IsWanted)
        {
            return;
        }

        try
        {
            using var timeout = new CancellationTokenSource(AskWithin, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
            var found = await FindAsync(catalog.Options, either.Token);
            if (!found.Select(Describe).SequenceEqual(_found.Select(Describe)))
            {
                _found = found;
                catalog.Offer(found);
            }

            _isReached = true;
        }
        catch (Exception exception) when (exception is ModelException or OptionsValidationException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // Those it had are still offered: a reply says by itself when its model is away.
            if (_isReached)
            {
                LogUnreachable(exception is ModelException ? exception.Message : exception.GetType().Name);
            }

            _isReached = false;
        }
    }

    private async Task<IReadOnlyList<ModelOptions>> FindAsync(AssistantOptions options, CancellationToken cancellationToken)
    {
        var server = factory.CreateOllama(options.Ollama);
        var found = new List<ModelOptions>();
        foreach (var model in (await server.GetModelsAsync(cancellationToken)).DistinctBy(model => model.Name))
        {
            if (model.Name.Length > ModelOptions.MaxNameLength)
            {
                continue;
            }

            var details = await GetDetailsAsync(server, model, cancellationToken);
            if (details.Capabilities.Count == 0 || details.Capabilities.Contains("completion"))
            {
                found.Add(OptionsOf(model.Name, details, options));
            }
        }

        return found;
    }

    private async Task<OllamaModelDetails> GetDetailsAsync(OllamaServer server, OllamaModel model, CancellationToken cancellationToken)
    {
        if (_details.TryGetValue(model.Name, out var known))
        {
            return known;
        }

        try
        {
            return _details[model.Name] = await server.GetDetailsAsync(model.Name, cancellationToken);
        }
        catch (ModelException)
        {
            // Some servers speak only the half of it that matters: what the list says is enough to chat.
            return new OllamaModelDetails(ContextTokens: null, model.Capabilities);
        }
    }

    private static ModelOptions OptionsOf(string name, OllamaModelDetails details, AssistantOptions options)
    {
        var context = Math.Min(details.ContextTokens ?? int.MaxValue, options.OllamaContextTokens);
        return new ModelOptions
        {
            Name = name,
            Provider = ModelProvider.Ollama,
            BaseUrl = options.Ollama,
            AllowLocal = true,
            ContextTokens = context,
            MaxOutputTokens = Math.Max(1, context / 4),
            Thinks = details.Thinks,
        };
    }

    private static (string, string, int, bool) Describe(ModelOptions model) => (model.Name, model.BaseUrl, model.ContextTokens, model.Thinks);

    [LoggerMessage(LogLevel.Warning, "The Ollama server does not tell its models: {Reason}")]
    private partial void LogUnreachable(string reason);
}
