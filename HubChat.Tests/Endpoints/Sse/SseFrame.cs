using System.Text.Json;

namespace HubChat.Tests.Endpoints.Sse;

/// <summary>An event as a client reads it.</summary>
/// <param name="Raw">Its lines exactly as they came, without the blank line.</param>
/// <param name="Name">What its <c>event</c> line says.</param>
/// <param name="Id">What its <c>id</c> line says.</param>
/// <param name="Data">What its one <c>data</c> line says.</param>
internal sealed record SseFrame(string Raw, string? Name, string? Id, string Data)
{
    public bool IsDone => Data == "[DONE]";

    public JsonElement Json => JsonElement.Parse(Data);

    /// <summary>The letter that stands for its kind in the grammar of docs/protocol/sse.md.</summary>
    public char Kind => (Name, Data) switch
    {
        (null, "[DONE]") => 'D',
        ("delta_encoding", "\"v1\"") => 'E',
        ("delta", _) when Json.TryGetProperty("o", out var o) && o.GetString() == "add" => 'A',
        ("delta", _) when Json.GetProperty("v")[0].GetProperty("p").GetString() == "/message/content/parts/0" => 'p',
        ("delta", _) => 'F',
        (null, _) => Json.GetProperty("type").GetString() switch
        {
            "resume_conversation_token" => 'T',
            "input_message" => 'I',
            "message_marker" => 'M',
            "title_generation" => 't',
            "error" => 'e',
            "message_stream_complete" => 'C',
            _ => '?',
        },
        _ => '?',
    };

    /// <summary>The text of an append.</summary>
    public string Text => Json.GetProperty("v")[0].GetProperty("v").GetString()!;
}
