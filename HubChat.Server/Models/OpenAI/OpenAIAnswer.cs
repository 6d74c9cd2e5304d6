using HubChat.Server.Models.Upstreams;
using Microsoft.Extensions.AI;

namespace HubChat.Server.Models.OpenAI;

/// <summary>Makes updates of chunks, and knows at the end whether the answer is whole.</summary>
internal sealed class OpenAIAnswer(UpstreamCall call, string model)
{
    private readonly OpenAIToolCalls _toolCalls = new(call);
    private string? _id;
    private string? _model;
    private string? _finishReason;
    private UsageDetails? _usage;
    private bool _hasBegun;

    /// <summary>Null when there is nothing to tell yet.</summary>
    public ChatResponseUpdate? Add(OpenAIChunk chunk)
    {
        _id ??= chunk.Id;
        _model ??= chunk.Model;
        _usage = chunk.Usage ?? _usage;
        _finishReason = chunk.FinishReason is { Length: > 0 } reason ? reason : _finishReason;
        foreach (var toolCall in chunk.ToolCalls)
        {
            _toolCalls.Add(toolCall);
        }

        var contents = new List<AIContent>(1);
        if (!string.IsNullOrEmpty(chunk.Reasoning))
        {
            contents.Add(new TextReasoningContent(chunk.Reasoning));
        }

        if (!string.IsNullOrEmpty(chunk.Text))
        {
            contents.Add(new TextContent(chunk.Text));
        }

        return contents.Count > 0 ? ToUpdate(contents) : null;
    }

    /// <exception cref="ModelException">There was no finish reason: the answer broke off.</exception>
    public ChatResponseUpdate Finish()
    {
        var reason = _finishReason switch
        {
            null => throw call.Malformed("ended without a finish reason"),
            "error" => throw call.Error(null, "as the end of the answer"),
            "length" => ChatFinishReason.Length,
            "content_filter" => ChatFinishReason.ContentFilter,
            "tool_calls" or "function_call" => ChatFinishReason.ToolCalls,
            _ => ChatFinishReason.Stop,
        };
        // Arguments that were cut off are none.
        var contents = reason == ChatFinishReason.Length ? [] : _toolCalls.ToContents();
        if (_usage is not null)
        {
            contents.Add(new UsageContent(_usage));
        }

        var update = ToUpdate(contents);
        update.FinishReason = reason == ChatFinishReason.Stop && contents.OfType<FunctionCallContent>().Any() ? ChatFinishReason.ToolCalls : reason;
        return update;
    }

    private ChatResponseUpdate ToUpdate(List<AIContent> contents)
    {
        var update = new ChatResponseUpdate(ChatRole.Assistant, contents)
        {
            ResponseId = _id,
            MessageId = _id,
            ModelId = _model ?? model,
        };
        if (!_hasBegun && call.RequestId is { } requestId)
        {
            update.AdditionalProperties = new AdditionalPropertiesDictionary { [UpstreamRequestId.Key] = requestId };
        }

        _hasBegun = true;
        return update;
    }
}
