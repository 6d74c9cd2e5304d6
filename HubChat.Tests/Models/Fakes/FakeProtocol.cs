using System.Text.Json;

namespace HubChat.Tests.Models.Fakes;

/// <summary>How a server writes its answers.</summary>
internal abstract class FakeProtocol
{
    public static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public abstract string ContentType { get; }

    public abstract bool IsStreamed(JsonElement request);

    /// <summary>What carries one JSON value through the stream, whatever stands in its place.</summary>
    public abstract string Frame(string json);

    public abstract string Piece(string text);

    public abstract string Thought(string text);

    public abstract string ToolCall(string name, string arguments);

    public abstract string End(string reason, int promptTokens, int tokens);

    /// <summary>In the stream.</summary>
    public abstract string Error(string text, string? code);

    /// <summary>Instead of a stream.</summary>
    public abstract string ErrorBody(string text, string? code);

    /// <summary>The answer to a request that wants no stream.</summary>
    public abstract string Whole(string text, int promptTokens, int tokens);
}
