using System.Text.Json;
using HubChat.Server.Models.Upstreams;

namespace HubChat.Server.Models.Ollama;

/// <summary>What an Ollama server tells of itself. How long it may take, the caller says with the token.</summary>
internal sealed class OllamaServer(HttpClient http, UpstreamAddress address, TimeProvider time)
{
    private const int MaxModels = 1_000;
    private const int MaxCapabilities = 32;
    private const string ContextLength = ".context_length";

    /// <exception cref="ModelException">It could not be reached, or its answer cannot be read.</exception>
    public async Task<IReadOnlyList<OllamaModel>> GetModelsAsync(CancellationToken cancellationToken)
    {
        using var call = await UpstreamCall.SendAsync(http, address.At("api/tags"), body: null, time, cancellationToken);
        using var document = await call.ReadDocumentAsync(cancellationToken);
        if (document.RootElement.Member("models").ValueKind is not (JsonValueKind.Array or JsonValueKind.Undefined))
        {
            throw call.Malformed("holds no list of models");
        }

        var models = new List<OllamaModel>();
        foreach (var model in document.RootElement.ItemsOf("models"))
        {
            if (models.Count < MaxModels && PlainText.OrNull(model.TextOf("model") ?? model.TextOf("name")) is { } name)
            {
                models.Add(new OllamaModel(name, CapabilitiesOf(model)));
            }
        }

        return models;
    }

    /// <exception cref="ModelException">It could not be reached, does not have the model, or its answer cannot be read.</exception>
    public async Task<OllamaModelDetails> GetDetailsAsync(string model, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new { model }, UpstreamJson.Requests);
        using var call = await UpstreamCall.SendAsync(http, address.At("api/show"), body, time, cancellationToken);
        using var document = await call.ReadDocumentAsync(cancellationToken);
        return new OllamaModelDetails(ContextTokensOf(document.RootElement.Member("model_info")), CapabilitiesOf(document.RootElement));
    }

    /// <exception cref="ModelException">It could not be reached, or its answer cannot be read.</exception>
    public async Task<string> GetVersionAsync(CancellationToken cancellationToken)
    {
        using var call = await UpstreamCall.SendAsync(http, address.At("api/version"), body: null, time, cancellationToken);
        using var document = await call.ReadDocumentAsync(cancellationToken);
        return PlainText.OrNull(document.RootElement.TextOf("version")) ?? throw call.Malformed("holds no version");
    }

    /// <summary>It stands under the name of the architecture, such as llama.context_length.</summary>
    private static int? ContextTokensOf(JsonElement info)
    {
        if (info.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        foreach (var member in info.EnumerateObject())
        {
            if (member.Name.EndsWith(ContextLength, StringComparison.Ordinal) && info.NumberOf(member.Name) is > 0 and <= int.MaxValue and var tokens)
            {
                return (int)tokens;
            }
        }

        return null;
    }

    private static List<string> CapabilitiesOf(JsonElement model) =>
    [
        .. model.ItemsOf("capabilities").Where(item => item.ValueKind == JsonValueKind.String)
            .Select(item => PlainText.OrNull(UpstreamJson.Text(item))).OfType<string>().Take(MaxCapabilities),
    ];
}
