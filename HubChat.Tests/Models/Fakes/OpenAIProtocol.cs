using System.Text.Json;

namespace HubChat.Tests.Models.Fakes;

/// <summary>Chat completions: server-sent events.</summary>
internal sealed class OpenAIProtocol : FakeProtocol
{
    public const string Model = "gpt-4o-mini";
    public const string Id = "chatcmpl-1";
    public const string Done = "data: [DONE]\n\n";

    public override string ContentType => "text/event-stream";

    public override bool IsStreamed(JsonElement request) => request.TryGetProperty("stream", out var stream) && stream.ValueKind == JsonValueKind.True;

    public override string Frame(string json) => $"data: {json}\n\n";

    public override string Piece(string text) => Chunk(new { content = text });

    public override string Thought(string text) => Chunk(new { reasoning_content = text });

    public override string ToolCall(string name, string arguments) =>
        Chunk(new { tool_calls = new[] { new { index = 0, id = "call_1", type = "function", function = new { name, arguments = "" } } } })
        + string.Concat(arguments.Chunk(4).Select(piece => Chunk(new { tool_calls = new[] { new { index = 0, function = new { arguments = new string(piece) } } } })));

    public override string End(string reason, int promptTokens, int tokens) =>
        Chunk(new { }, reason) + Event(new { id = Id, model = Model, choices = Array.Empty<object>(), usage = Usage(promptTokens, tokens) }) + Done;

    public override string Error(string text, string? code) => Frame(ErrorBody(text, code));

    public override string ErrorBody(string text, string? code) =>
        JsonSerializer.Serialize(new { error = new { message = text, type = "server_error", param = (string?)null, code } }, Json);

    public override string Whole(string text, int promptTokens, int tokens) => JsonSerializer.Serialize(
        new
        {
            id = Id,
            @object = "chat.completion",
            model = Model,
            choices = new[] { new { index = 0, message = new { role = "assistant", content = text }, finish_reason = "stop" } },
            usage = Usage(promptTokens, tokens),
        },
        Json);

    public static string Event(object data) => $"data: {JsonSerializer.Serialize(data, Json)}\n\n";

    public static string Chunk(object delta, string? finishReason = null) => Event(new
    {
        id = Id,
        @object = "chat.completion.chunk",
        created = 1_795_341_600,
        model = Model,
        choices = new[] { new { index = 0, delta, finish_reason = finishReason } },
        usage = (object?)null,
    });

    private static object Usage(int promptTokens, int tokens) =>
        new { prompt_tokens = promptTokens, completion_tokens = tokens, total_tokens = promptTokens + tokens };
}
