namespace HubChat.Server.Models.Upstreams;

/// <summary>
/// Says in our words how a call failed. Neither a message nor a cause holds what the upstream said: that may be the prompt or the key.
/// </summary>
internal static class UpstreamErrors
{
    private static readonly TimeSpan MaxRetryAfter = TimeSpan.FromHours(1);

    /// <summary>A status other than 200.</summary>
    /// <param name="response">What came.</param>
    /// <param name="code">The known code of the error object in its body, if there is one.</param>
    /// <param name="now">What a date to come back is compared with when the upstream did not say what time it is there.</param>
    public static ModelException FromStatus(HttpResponseMessage response, string? code, DateTimeOffset now)
    {
        var status = (int)response.StatusCode;
        var (kind, isTransient) = status switch
        {
            >= 400 and < 500 when UpstreamErrorCode.IsContextLength(code) => (ModelException.ContextLength, false),
            401 or 403 or 404 => (ModelException.Unavailable, false),
            408 or 425 or 429 or 503 => (ModelException.Busy, code != UpstreamErrorCode.InsufficientQuota),
            500 or 502 or 504 => (ModelException.Failed, true),
            _ => (ModelException.Failed, false),
        };
        var redirect = status is >= 300 and < 400 ? "; redirects are not followed" : "";
        return new ModelException(kind, $"The model's server answered with status {status}{(code is null ? "" : $" ({code})")}{redirect}.")
        {
            Status = status,
            IsTransient = isTransient,
            RetryAfter = RetryAfter(response, now),
            RequestId = UpstreamRequestId.Of(response),
        };
    }

    /// <summary>There was no answer.</summary>
    public static ModelException FromConnection(HttpRequestException failure)
    {
        if (Refusal(failure) is { } refusal)
        {
            return refusal;
        }

        return failure.HttpRequestError switch
        {
            HttpRequestError.NameResolutionError => Unreachable("The name of the model's server could not be resolved."),
            HttpRequestError.ConnectionError => Unreachable("The model's server could not be connected to."),
            HttpRequestError.SecureConnectionError =>
                new ModelException(ModelException.Unavailable, "A secure connection to the model's server could not be made."),
            HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded or HttpRequestError.HttpProtocolError
                or HttpRequestError.VersionNegotiationError =>
                new ModelException(ModelException.Failed, "The model's server does not speak HTTP as it should."),
            _ => Unreachable("The model's server broke the connection before it answered."),
        };
    }

    public static ModelException ConnectTimeout() => Unreachable("The model's server could not be connected to in time.");

    private static ModelException Unreachable(string message) => new(ModelException.Unavailable, message) { IsTransient = true };

    /// <summary>What our own guard said stands behind what the HTTP client made of it.</summary>
    private static ModelException? Refusal(Exception? failure) => failure switch
    {
        null => null,
        ModelException refusal => refusal,
        _ => Refusal(failure.InnerException),
    };

    private static TimeSpan? RetryAfter(HttpResponseMessage response, DateTimeOffset now)
    {
        var header = response.Headers.RetryAfter;
        var wait = header?.Delta ?? (header?.Date - (response.Headers.Date ?? now));
        return wait is { } told ? TimeSpan.FromTicks(Math.Clamp(told.Ticks, 0, MaxRetryAfter.Ticks)) : null;
    }
}
