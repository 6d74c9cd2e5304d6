using Microsoft.Extensions.AI;

namespace HubChat.Server.Models.Upstreams;

/// <summary>How an upstream calls a request: what its operator asks for when something went wrong.</summary>
internal static class UpstreamRequestId
{
    /// <summary>Where it stands in the additional properties of an answer's first update.</summary>
    public const string Key = "upstream_request_id";

    /// <summary>Null when the upstream gave none, or this is not the first update.</summary>
    public static string? Of(ChatResponseUpdate update) => update.AdditionalProperties?.GetValueOrDefault(Key) as string;

    public static string? Of(HttpResponseMessage response) =>
        response.Headers.TryGetValues("x-request-id", out var values) ? PlainText.OrNull(values.FirstOrDefault()) : null;
}
