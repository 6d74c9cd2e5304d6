using HubChat.Server.Generations;
using HubChat.Server.Models;
using Microsoft.Extensions.AI;

namespace HubChat.Server.Endpoints.OpenAI;

/// <summary>The answer of a model that was called for this request alone.</summary>
internal sealed class ModelAnswer(Completion completion, DateTimeOffset createdAt) : IAnswer
{
    private readonly SurrogateHold _text = new();
    private readonly SurrogateHold _reasoning = new();
    private int _calls;
    private bool _isFiltered;

    public string Id => AnswerFactory.IdOf(completion.Id);

    public string Model => completion.Model;

    public DateTimeOffset CreatedAt => createdAt;

    public IReadOnlyList<DeltaItem> Current { get; private set; } = [];

    public bool StartsOver => false;

    public string FinishReason => completion.FinishReason?.Value switch
    {
        _ when _isFiltered => ChatFinishReason.ContentFilter.Value,
        "length" or "content_filter" or "tool_calls" => completion.FinishReason!.Value.Value,

        // Some servers end with stop also where they want a function called; clients look here for it.
        _ => _calls > 0 ? ChatFinishReason.ToolCalls.Value : ChatFinishReason.Stop.Value,
    };

    public UsageItem Usage => new(completion.InputTokens, completion.OutputTokens);

    public async Task<bool?> MoveNextAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        Current = [];
        try
        {
            var moved = await completion.MoveNextAsync(wait);
            if (moved is true)
            {
                Current = [.. completion.Current.Contents.Select(ToDelta).OfType<DeltaItem>()];
            }

            return moved;
        }
        catch (ModelException failure) when (failure.Code == ChatFinishReason.ContentFilter.Value)
        {
            _isFiltered = true;
            return false;
        }
    }

    public ValueTask DisposeAsync() => completion.DisposeAsync();

    private DeltaItem? ToDelta(AIContent content) => content switch
    {
        TextContent text when _text.Take(text.Text) is { Length: > 0 } shown => new() { Content = shown },
        TextReasoningContent reasoning when _reasoning.Take(reasoning.Text) is { Length: > 0 } shown => new() { ReasoningContent = shown },
        FunctionCallContent call => new() { ToolCalls = [call.ToItem(_calls++)] },
        _ => null,
    };
}
