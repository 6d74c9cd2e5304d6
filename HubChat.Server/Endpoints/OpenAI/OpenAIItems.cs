using System.Text.Json.Serialization;

namespace HubChat.Server.Endpoints.OpenAI;

/// <summary>An answer as a whole.</summary>
internal sealed record CompletionItem(string Id, long Created, string Model, IReadOnlyList<ChoiceItem> Choices, UsageItem Usage)
{
    public string Object { get; } = "chat.completion";
}

internal sealed record ChoiceItem(MessageItem Message, string FinishReason)
{
    public int Index { get; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public object? Logprobs { get; }
}

internal sealed record MessageItem(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Content, string? ReasoningContent, IReadOnlyList<ToolCallItem>? ToolCalls)
{
    public string Role { get; } = "assistant";
}

/// <summary>A piece of a streamed answer. Whether a chunk without usage says so is the stream's choice, so nothing here does.</summary>
internal sealed record ChunkItem(string Id, long Created, string Model, IReadOnlyList<ChunkChoiceItem> Choices, UsageItem? Usage = null)
{
    public string Object { get; } = "chat.completion.chunk";
}

internal sealed record ChunkChoiceItem(
    DeltaItem Delta, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? FinishReason = null)
{
    public int Index { get; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public object? Logprobs { get; }
}

/// <summary>What a chunk adds to the message.</summary>
internal sealed record DeltaItem
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Role { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Content { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ReasoningContent { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ToolCallItem>? ToolCalls { get; init; }
}

/// <param name="Index">Its place in the message; only streams say it.</param>
/// <param name="Id">What the answer to it names.</param>
/// <param name="Function">What to call.</param>
internal sealed record ToolCallItem(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Index, string Id, FunctionCallItem Function)
{
    public string Type { get; } = "function";
}

internal sealed record FunctionCallItem(string Name, string Arguments);

internal sealed record UsageItem(long PromptTokens, long CompletionTokens)
{
    public long TotalTokens => PromptTokens + CompletionTokens;
}

internal sealed record ModelsResponse(IReadOnlyList<ModelItem> Data)
{
    public string Object { get; } = "list";
}

internal sealed record ModelItem(string Id)
{
    public string Object { get; } = "model";

    /// <summary>Nobody told this server when a model was made, but clients want a number.</summary>
    public long Created { get; }

    public string OwnedBy { get; } = "hubchat";
}

internal sealed record ErrorResponse(ErrorItem Error);

internal sealed record ErrorItem(
    string Message, string Type, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Param, string Code);
