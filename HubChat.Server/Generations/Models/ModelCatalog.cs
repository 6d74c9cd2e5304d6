using HubChat.Server.Chats;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Generations.Models;

/// <summary>The models there are.</summary>
internal sealed class ModelCatalog : IModelNames
{
    private readonly List<AssistantModel> _models;
    private readonly string _default;

    /// <exception cref="OptionsValidationException">The configured default is not among the models.</exception>
    public ModelCatalog(IEnumerable<AssistantModel> models, IOptions<AssistantOptions> options)
    {
        _models = [.. models];
        _default = options.Value.DefaultModel is { Length: > 0 } configured ? configured : _models[0].Name;
        if (!Contains(_default))
        {
            var mistake = $"Assistant:DefaultModel is '{_default}', but the models are: {string.Join(", ", Names)}.";
            throw new OptionsValidationException(AssistantOptions.Section, typeof(AssistantOptions), [mistake]);
        }
    }

    public IReadOnlyList<string> Names => [.. _models.Select(model => model.Name)];

    public bool Contains(string name) => _models.Any(model => model.Name == name);

    /// <summary>The model of a chat; null when it names one that is gone.</summary>
    public AssistantModel? Find(string? name) => _models.FirstOrDefault(model => model.Name == (name ?? _default));
}
