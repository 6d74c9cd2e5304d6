using HubChat.Server.Realtime;

namespace HubChat.Server.Endpoints.Sse;

/// <summary>Why a turn failed, in this door's words. Nothing of what a model's server said is repeated.</summary>
internal static class TurnErrors
{
    public static TurnErrorItem Of(DeltaEnd end)
    {
        var (code, retryable) = end.ErrorCode switch
        {
            "first_token_timeout" or "stalled" or "time_limit" => ("upstream_timeout", true),
            "model_busy" or "quota_exceeded" => ("upstream_busy", true),
            "model_unavailable" => ("model_not_found", false),
            "context_length_exceeded" => ("context_length_exceeded", false),
            "content_filter" => ("upstream_error", false),
            "model_error" => ("upstream_error", true),
            _ => ("internal_error", true),
        };
        return new TurnErrorItem(code, ReplyErrorTexts.Of(end.ErrorCode ?? ""), retryable);
    }
}

/// <param name="Code">The stable code.</param>
/// <param name="Message">A sentence for people.</param>
/// <param name="Retryable">Whether asking again may help.</param>
internal sealed record TurnErrorItem(string Code, string Message, bool Retryable);
