using System.Text.Json;

namespace HubChat.Server.Models.Ollama;

/// <summary>The body of POST /api/chat (Ollama API reference).</summary>
internal sealed record OllamaRequest(string Model, IReadOnlyList<OllamaMessage> Messages)
{
    public bool Stream { get; } = true;

    public OllamaRequestOptions? Options { get; init; }

    /// <summary>The word json, or a schema.</summary>
    public object? Format { get; init; }

    /// <summary>A duration as text, or a number of seconds.</summary>
    public object? KeepAlive { get; init; }

    /// <summary>Yes or no, or how much.</summary>
    public object? Think { get; init; }

    public IReadOnlyList<OllamaTool>? Tools { get; init; }
}

internal sealed record OllamaRequestOptions
{
    public float? Temperature { get; init; }

    public float? TopP { get; init; }

    public int? TopK { get; init; }

    public long? Seed { get; init; }

    public IList<string>? Stop { get; init; }

    public int? NumPredict { get; init; }

    public int? NumCtx { get; init; }

    public float? PresencePenalty { get; init; }

    public float? FrequencyPenalty { get; init; }
}

/// <param name="Role">system, user, assistant or tool.</param>
/// <param name="Content">Its text; never null.</param>
internal sealed record OllamaMessage(string Role, string Content)
{
    /// <summary>In base64.</summary>
    public IReadOnlyList<string>? Images { get; init; }

    public IReadOnlyList<OllamaToolCall>? ToolCalls { get; init; }

    public string? ToolName { get; init; }

    public string? ToolCallId { get; init; }
}

internal sealed record OllamaToolCall(string Id, OllamaFunctionCall Function);

internal sealed record OllamaFunctionCall(string Name, JsonElement Arguments);

internal sealed record OllamaTool(OllamaFunction Function)
{
    public string Type { get; } = "function";
}

internal sealed record OllamaFunction(string Name, string Description, JsonElement Parameters);
