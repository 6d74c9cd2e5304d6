using HubChat.Server.Chats;
using HubChat.Server.Errors;
using HubChat.Server.Identity;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace HubChat.Server.Models;

/// <summary>
/// The models there are: those registered as services, then those of the configuration or, with none listed, those found on an Ollama
/// server, or the demo model. It follows the configuration while the server runs; a mistake made then is logged and changes nothing.
/// </summary>
internal sealed partial class ModelCatalog : IModelNames, IDisposable
{
    private readonly Lock _gate = new();
    private readonly IReadOnlyList<AssistantModel> _registered;
    private readonly ModelFactory _factory;
    private readonly IOptionsFactory<AssistantOptions> _options;
    private readonly IReadOnlyList<IDisposable> _changes;
    private readonly ILogger<ModelCatalog> _logger;
    private IReadOnlyList<ModelOptions> _found = [];
    private Catalog _catalog;

    /// <exception cref="OptionsValidationException">The configuration has a mistake.</exception>
    public ModelCatalog(
        IEnumerable<AssistantModel> registered, ModelFactory factory, IOptionsFactory<AssistantOptions> options,
        IEnumerable<IOptionsChangeTokenSource<AssistantOptions>> changes, ILogger<ModelCatalog> logger)
    {
        (_registered, _factory, _options, _logger) = ([.. registered], factory, options, logger);
        _catalog = Load();
        _changes = [.. changes.Select(change => ChangeToken.OnChange(change.GetChangeToken, TryReload))];
    }

    public IReadOnlyList<AssistantModel> All => _catalog.Models;

    /// <summary>The options in force.</summary>
    public AssistantOptions Options => _catalog.Options;

    /// <summary>The models that somebody may use.</summary>
    public IReadOnlyList<AssistantModel> For(UserRole role) => [.. All.Where(model => model.IsFor(role))];

    public IReadOnlyList<string> NamesFor(UserRole role) => [.. For(role).Select(model => model.Name)];

    /// <summary>A model that somebody names and may use; with no name the default one, or the first this person may use.</summary>
    public AssistantModel? Find(string? name, UserRole role)
    {
        var mine = All.Where(model => model.IsFor(role));
        return name is not null ? mine.FirstOrDefault(model => model.Name == name)
            : mine.OrderByDescending(model => model.Name == Options.DefaultModel).FirstOrDefault();
    }

    /// <summary>A model, whoever may use it; null when it is gone.</summary>
    public AssistantModel? Find(string name) => All.FirstOrDefault(model => model.Name == name);

    public string? Resolve(string? chosen, UserRole role)
    {
        if (Find(chosen, role) is { } model)
        {
            return model.Name;
        }

        // One that is gone is found missing when it is its turn; one that is there and not for this person is refused at once.
        return chosen is not null && Find(chosen) is not null
            ? throw new ChatException(ChatError.Forbidden, "model_not_allowed", "This chat's model is not for you. Its owner can choose another one.")
            : chosen;
    }

    /// <summary>Takes over what an Ollama server has.</summary>
    public void Offer(IReadOnlyList<ModelOptions> found)
    {
        lock (_gate)
        {
            _found = found;
        }

        TryReload();
    }

    public void Dispose()
    {
        foreach (var change in _changes)
        {
            change.Dispose();
        }
    }

    private void TryReload()
    {
        lock (_gate)
        {
            try
            {
                _catalog = Load();
                LogLoaded(string.Join(", ", All.Select(model => model.Name)));
            }
            catch (Exception exception) when (exception is OptionsValidationException or InvalidOperationException)
            {
                LogRefused(exception is InvalidOperationException binding ? BindingMistake.Of(binding) : exception.Message);
            }
        }
    }

    private Catalog Load()
    {
        var options = _options.Create(Microsoft.Extensions.Options.Options.DefaultName);
        var listed = options.Models.Count > 0 ? options.Models : options.Ollama.Length > 0 ? _found : ModelFactory.Demo;
        var models = _registered.Concat(_factory.Create(listed, options)).ToList();
        var isComplete = options.Models.Count > 0 || options.Ollama.Length == 0;
        if (options.DefaultModel.Length > 0 && isComplete && models.All(model => model.Name != options.DefaultModel))
        {
            throw Mistake($"Assistant:DefaultModel is '{options.DefaultModel}', but the models are: {string.Join(", ", models.Select(model => model.Name))}.");
        }

        if (!isComplete)
        {
            // What will speak with it is made where it is needed; an address that cannot be used is a mistake now.
            _factory.CreateOllama(options.Ollama);
        }

        return models.CountBy(model => model.Name).FirstOrDefault(name => name.Value > 1) is { Key: { } twice }
            ? throw Mistake($"Two models are called '{twice}'.")
            : new Catalog(options, models);
    }

    private static OptionsValidationException Mistake(string mistake) => new(AssistantOptions.Section, typeof(AssistantOptions), [mistake]);

    [LoggerMessage(LogLevel.Information, "Models: {Models}")]
    private partial void LogLoaded(string models);

    [LoggerMessage(LogLevel.Error, "The models stay as they were: {Mistake}")]
    private partial void LogRefused(string mistake);

    private sealed record Catalog(AssistantOptions Options, IReadOnlyList<AssistantModel> Models);
}
