using System.Text.Json;

namespace HubChat.Tests.Models.Fakes;

/// <summary>Ollama's own API: one JSON object per line.</summary>
internal sealed class OllamaProtocol : FakeProtocol
{
    public const string Model = "llama3.2:latest";

    private const string Instant = "2026-11-22T10:00:00.123456789Z";

    public override string ContentType => "application/x-ndjson";

    public override bool IsStreamed(JsonElement request) => !request.TryGetProperty("stream", out var stream) || stream.ValueKind != JsonValueKind.False;

    public override string Frame(string json) => json + "\n";

    public override string Piece(string text) => Message(new { role = "assistant", content = text });

    public override string Thought(string text) => Message(new { role = "assistant", content = "", thinking = text });

    public override string ToolCall(string name, string arguments) => Message(new
    {
        role = "assistant",
        content = "",
        tool_calls = new[] { new { function = new { name, arguments = JsonElement.Parse(arguments) } } },
    });

    public override string End(string reason, int promptTokens, int tokens) => Frame(Whole("", promptTokens, tokens, reason));

    public override string Error(string text, string? code) => Frame(ErrorBody(text, code));

    public override string ErrorBody(string text, string? code) => JsonSerializer.Serialize(new { error = text }, Json);

    public override string Whole(string text, int promptTokens, int tokens) => Whole(text, promptTokens, tokens, "stop");

    private string Message(object message) =>
        Frame(JsonSerializer.Serialize(new { model = Model, created_at = Instant, message, done = false }, Json));

    private static string Whole(string text, int promptTokens, int tokens, string reason) => JsonSerializer.Serialize(
        new
        {
            model = Model,
            created_at = Instant,
            message = new { role = "assistant", content = text },
            done = true,
            done_reason = reason,
            total_duration = 1_000_000L,
            prompt_eval_count = promptTokens,
            eval_count = tokens,
        },
        Json);
}
