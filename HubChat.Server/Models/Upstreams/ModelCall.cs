using System.Diagnostics;
using Microsoft.Extensions.AI;

namespace HubChat.Server.Models.Upstreams;

/// <summary>The span and the measurements of one call; disposing it ends the span and takes the measurements.</summary>
internal sealed class ModelCall : IDisposable
{
    private const string Operation = "chat";

    private readonly TimeProvider _time;
    private readonly long _startedAt;
    private readonly Activity? _activity;
    private readonly List<ChatFinishReason> _finishReasons = [];
    private readonly UsageDetails _usage = new();
    private TagList _tags;
    private long? _lastPieceAt;
    private string? _model;
    private string? _responseId;

    public ModelCall(ChatClientMetadata metadata, ChatOptions? options, bool isStreamed, TimeProvider time)
    {
        _time = time;
        _startedAt = time.GetTimestamp();
        _tags = new TagList
        {
            { "gen_ai.operation.name", Operation },
            { "gen_ai.provider.name", metadata.ProviderName },
            { "gen_ai.request.model", metadata.DefaultModelId },
        };
        if (metadata.ProviderUri is { } uri)
        {
            _tags.Add("server.address", uri.IdnHost);
            _tags.Add("server.port", uri.Port);
        }

        _activity = ModelTelemetry.Activities.StartActivity($"{Operation} {metadata.DefaultModelId}", ActivityKind.Client, default(ActivityContext), [.. _tags]);
        if (_activity is { IsAllDataRequested: true })
        {
            TagRequest(_activity, options, isStreamed);
        }
    }

    public void OnUpdate(ChatResponseUpdate update)
    {
        OnAnswer(update.ResponseId, update.ModelId, update.FinishReason);
        foreach (var usage in update.Contents.OfType<UsageContent>())
        {
            _usage.Add(usage.Details);
        }

        if (!update.IsVisible)
        {
            return;
        }

        var now = _time.GetTimestamp();
        var seconds = _time.GetElapsedTime(_lastPieceAt ?? _startedAt, now).TotalSeconds;
        (_lastPieceAt is null ? ModelTelemetry.TimeToFirstChunk : ModelTelemetry.TimePerOutputChunk).Record(seconds, _tags);
        if (_lastPieceAt is null)
        {
            _activity?.SetTag("gen_ai.response.time_to_first_chunk", seconds);
        }

        _lastPieceAt = now;
    }

    public void OnResponse(ChatResponse response)
    {
        OnAnswer(response.ResponseId, response.ModelId, response.FinishReason);
        _usage.Add(response.Usage ?? new UsageDetails());
    }

    public void OnFailed(Exception failure)
    {
        // Our own codes are few; the messages of other exceptions may hold anything, their types do not.
        var type = failure is ModelException { Code: var code } ? code : failure.GetType().FullName;
        _tags.Add("error.type", type);
        _activity?.SetTag("error.type", type).SetStatus(ActivityStatusCode.Error);
    }

    public void Dispose()
    {
        ModelTelemetry.Duration.Record(_time.GetElapsedTime(_startedAt).TotalSeconds, _tags);
        RecordTokens(_usage.InputTokenCount, "input");
        RecordTokens(_usage.OutputTokenCount, "output");
        if (_activity is not null)
        {
            _activity.SetTag("gen_ai.response.id", _responseId)
                .SetTag("gen_ai.response.model", _model)
                .SetTag("gen_ai.usage.input_tokens", _usage.InputTokenCount)
                .SetTag("gen_ai.usage.output_tokens", _usage.OutputTokenCount);
            if (_finishReasons.Count > 0)
            {
                _activity.SetTag("gen_ai.response.finish_reasons", _finishReasons.Select(reason => reason.Value).ToArray());
            }

            _activity.Dispose();
        }
    }

    private static void TagRequest(Activity activity, ChatOptions? options, bool isStreamed) => activity
        .SetTag("gen_ai.request.stream", isStreamed)
        .SetTag("gen_ai.request.temperature", options?.Temperature)
        .SetTag("gen_ai.request.top_p", options?.TopP)
        .SetTag("gen_ai.request.top_k", options?.TopK)
        .SetTag("gen_ai.request.max_tokens", options?.MaxOutputTokens)
        .SetTag("gen_ai.request.seed", options?.Seed)
        .SetTag("gen_ai.request.stop_sequences", options?.StopSequences?.ToArray())
        .SetTag("gen_ai.conversation.id", options?.ConversationId);

    private void OnAnswer(string? responseId, string? model, ChatFinishReason? finishReason)
    {
        _responseId ??= responseId;
        _model ??= model;
        if (finishReason is { } reason)
        {
            _finishReasons.Add(reason);
        }
    }

    private void RecordTokens(long? count, string type)
    {
        if (count is { } tokens)
        {
            var tags = _tags;
            tags.Add("gen_ai.token.type", type);
            ModelTelemetry.TokenUsage.Record(tokens, tags);
        }
    }
}
