using System.Text.Json;
using HubChat.Server.Models.Upstreams;
using Microsoft.Extensions.AI;

namespace HubChat.Server.Models.OpenAI;

/// <summary>One event of the stream, as far as it is understood; compatible servers leave out and add what they like.</summary>
internal sealed record OpenAIChunk
{
    /// <summary>What stands for an event that is none: <c>[DONE]</c>.</summary>
    public static readonly OpenAIChunk Done = new() { IsLast = true };

    public bool IsLast { get; private init; }

    public string? Id { get; private init; }

    public string? Model { get; private init; }

    public string? Text { get; private init; }

    public string? Reasoning { get; private init; }

    public IReadOnlyList<OpenAIToolCallDelta> ToolCalls { get; private init; } = [];

    public string? FinishReason { get; private init; }

    public UsageDetails? Usage { get; private init; }

    /// <exception cref="ModelException">It is no chunk, or tells of an error.</exception>
    public static OpenAIChunk Read(ReadOnlySpan<byte> data, UpstreamCall call)
    {
        if (data.Trim("\r\n\t "u8).SequenceEqual("[DONE]"u8))
        {
            return Done;
        }

        using var document = call.Parse(data.ToArray());
        var chunk = document.RootElement;
        if (chunk.Member("error") is { ValueKind: not JsonValueKind.Undefined } error)
        {
            throw call.Error(UpstreamErrorCode.Of(error), "in the middle of the answer");
        }

        // Only one answer was asked for.
        var choice = chunk.ItemsOf("choices").FirstOrDefault(choice => choice.NumberOf("index") is null or 0);
        var delta = choice.Member("delta");
        return new OpenAIChunk
        {
            Id = PlainText.OrNull(chunk.TextOf("id")),
            Model = PlainText.OrNull(chunk.TextOf("model")),
            Text = delta.TextOf("content") + delta.TextOf("refusal"),
            Reasoning = delta.TextOf("reasoning_content") is { Length: > 0 } reasoning ? reasoning : delta.TextOf("reasoning"),
            ToolCalls = [.. delta.ItemsOf("tool_calls").Select(OpenAIToolCallDelta.Read)],
            FinishReason = choice.TextOf("finish_reason"),
            Usage = ReadUsage(chunk.Member("usage")),
        };
    }

    private static UsageDetails? ReadUsage(JsonElement usage) => usage.ValueKind != JsonValueKind.Object ? null : new UsageDetails
    {
        InputTokenCount = usage.NumberOf("prompt_tokens"),
        OutputTokenCount = usage.NumberOf("completion_tokens"),
        TotalTokenCount = usage.NumberOf("total_tokens"),
        CachedInputTokenCount = usage.Member("prompt_tokens_details").NumberOf("cached_tokens"),
        ReasoningTokenCount = usage.Member("completion_tokens_details").NumberOf("reasoning_tokens"),
    };
}

/// <summary>A piece of a tool call; the name and the arguments come bit by bit.</summary>
internal sealed record OpenAIToolCallDelta(long? Index, string? Id, string? Name, string? Arguments)
{
    public static OpenAIToolCallDelta Read(JsonElement call)
    {
        var function = call.Member("function");
        return new(call.NumberOf("index"), call.TextOf("id"), function.TextOf("name"), function.TextOf("arguments"));
    }
}
