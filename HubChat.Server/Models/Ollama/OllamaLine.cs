using System.Text.Json;
using HubChat.Server.Models.Upstreams;
using Microsoft.Extensions.AI;

namespace HubChat.Server.Models.Ollama;

/// <summary>One line of the stream.</summary>
internal sealed record OllamaLine
{
    /// <summary>What it brings; the last line brings the usage.</summary>
    public IReadOnlyList<AIContent> Contents { get; private init; } = [];

    public string? Model { get; private init; }

    public DateTimeOffset? CreatedAt { get; private init; }

    public bool IsDone { get; private init; }

    public string? DoneReason { get; private init; }

    /// <exception cref="ModelException">It is no JSON object, or tells of an error.</exception>
    public static OllamaLine Read(ReadOnlyMemory<byte> json, UpstreamCall call)
    {
        using var document = call.Parse(json);
        var line = document.RootElement;
        // Before anything else: the status was 200 long ago.
        if (line.Member("error") is { ValueKind: not JsonValueKind.Undefined } error)
        {
            throw call.Error(UpstreamErrorCode.Of(error), "in the middle of the answer");
        }

        var isDone = line.Member("done").ValueKind == JsonValueKind.True;
        return new OllamaLine
        {
            Contents = [.. ReadContents(line.Member("message")), .. isDone ? [new UsageContent(ReadUsage(line))] : Array.Empty<AIContent>()],
            Model = PlainText.OrNull(line.TextOf("model")),
            CreatedAt = line.Member("created_at") is { ValueKind: JsonValueKind.String } created && created.TryGetDateTimeOffset(out var at) ? at : null,
            IsDone = isDone,
            DoneReason = line.TextOf("done_reason"),
        };
    }

    private static List<AIContent> ReadContents(JsonElement message)
    {
        var contents = new List<AIContent>(1);
        if (message.TextOf("thinking") is { Length: > 0 } thinking)
        {
            contents.Add(new TextReasoningContent(thinking));
        }

        if (message.TextOf("content") is { Length: > 0 } text)
        {
            contents.Add(new TextContent(text));
        }

        foreach (var function in message.ItemsOf("tool_calls").Select(toolCall => toolCall.Member("function")))
        {
            // Ollama does not say which call is which, but its results must.
            contents.Add(new FunctionCallContent(
                $"call_{Guid.NewGuid():N}", function.TextOf("name") ?? "", ToolText.ToArguments(function.Member("arguments"))));
        }

        return contents;
    }

    private static UsageDetails ReadUsage(JsonElement line)
    {
        var input = line.NumberOf("prompt_eval_count");
        var output = line.NumberOf("eval_count");
        return new UsageDetails { InputTokenCount = input, OutputTokenCount = output, TotalTokenCount = input + output };
    }
}
