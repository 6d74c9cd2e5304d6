using System.Collections.Frozen;
using System.Text.Json;

namespace HubChat.Server.Models.Upstreams;

/// <summary>
/// The codes and types of error objects that servers are known to use. Only these are repeated: any other text of an upstream, however
/// short, may be a piece of the prompt or the key. Sources: the OpenAI API reference, llama.cpp's and vLLM's servers.
/// </summary>
internal static class UpstreamErrorCode
{
    /// <summary>Comes as 429, but no waiting helps.</summary>
    public const string InsufficientQuota = "insufficient_quota";

    private static readonly FrozenSet<string> Known = FrozenSet.Create(
        StringComparer.Ordinal,
        InsufficientQuota, "account_deactivated", "api_error", "authentication_error", "BadRequestError", "billing_hard_limit_reached",
        "billing_not_active", "content_filter", "content_policy_violation", "context_length_exceeded", "engine_overloaded",
        "exceed_context_size_error", "InternalServerError", "internal_error", "internal_server_error", "invalid_api_key",
        "invalid_image", "invalid_prompt", "invalid_request_error", "invalid_type", "invalid_value", "missing_required_parameter",
        "model_decommissioned", "model_not_found", "NotFoundError", "not_found_error", "not_supported_error", "overloaded_error",
        "permission_error", "rate_limit_error", "rate_limit_exceeded", "requests", "server_error", "service_unavailable",
        "string_above_max_length", "timeout", "tokens", "unavailable_error", "unknown_parameter", "unsupported_country_region_territory",
        "unsupported_parameter", "unsupported_value", "upstream_error");

    /// <summary>Whether the prompt is longer than the model reads, as OpenAI or as llama.cpp says it.</summary>
    public static bool IsContextLength(string? code) => code is "context_length_exceeded" or "exceed_context_size_error";

    /// <summary>The code, or else the type, of what stands under <c>error</c>; null when it is unknown or there is none.</summary>
    public static string? Of(JsonElement error) =>
        error.ValueKind == JsonValueKind.Object ? KnownOrNull(error.TextOf("code")) ?? KnownOrNull(error.TextOf("type")) : null;

    private static string? KnownOrNull(string? text) => text is not null && Known.TryGetValue(text, out var known) ? known : null;
}
