using System.Globalization;

namespace HubChat.Server.Endpoints;

internal static class RetryAfterHeader
{
    /// <summary>Says when to come back, in whole seconds, at least one (RFC 9110, section 10.2.3).</summary>
    public static void SetRetryAfter(this HttpResponse response, TimeSpan after) =>
        response.Headers.RetryAfter = Math.Ceiling(Math.Max(after.TotalSeconds, 1)).ToString(CultureInfo.InvariantCulture);
}
