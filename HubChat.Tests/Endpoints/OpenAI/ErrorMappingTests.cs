using HubChat.Server.Endpoints.OpenAI;
using Xunit;

namespace HubChat.Tests.Endpoints.OpenAI;

public sealed class ErrorMappingTests
{
    [Theory]
    [InlineData(429, "quota_exceeded", 20, "rate_limit_error", "rate_limit_exceeded")]
    [InlineData(429, "quota_exceeded", 120, "rate_limit_error", "rate_limit_exceeded")]
    [InlineData(429, "quota_exceeded", 121, "insufficient_quota", "insufficient_quota")]
    [InlineData(429, "quota_exceeded", null, "rate_limit_error", "rate_limit_exceeded")]
    [InlineData(429, "queue_full", 3_600, "rate_limit_error", "rate_limit_exceeded")]
    [InlineData(409, "client_message_id_conflict", null, "invalid_request_error", "client_message_id_conflict")]
    [InlineData(503, "draining", null, "server_error", "draining")]
    [InlineData(507, "storage_full", null, "server_error", "storage_full")]
    [InlineData(500, null, null, "server_error", "internal")]
    [InlineData(400, null, null, "invalid_request_error", "invalid_request")]
    public void Refusal_has_openais_type_and_code(int status, string? code, int? retryAfter, string type, string expected)
    {
        var error = OpenAIErrors.Of(status, code, "A sentence.", retryAfter is { } seconds ? TimeSpan.FromSeconds(seconds) : null).ToResponse().Error;

        Assert.Equal((type, expected, "A sentence."), (error.Type, error.Code, error.Message));
    }
}
