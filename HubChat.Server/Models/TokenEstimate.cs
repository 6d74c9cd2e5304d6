using System.Text;
using Microsoft.Extensions.AI;

namespace HubChat.Server.Models;

/// <summary>
/// How many tokens a text has, without the model's own tokenizer: one for three bytes of UTF-8, which is more than tokenizers of today
/// make of nearly every language, and a few for the frame of each message.
/// </summary>
internal static class TokenEstimate
{
    private const int BytesPerToken = 3;
    private const int PerMessage = 4;

    // What providers count for an image of ordinary size.
    private const int PerImage = 1_000;

    public static long Of(string text) => OfBytes(Encoding.UTF8.GetByteCount(text));

    public static long OfBytes(long bytes) => (bytes + BytesPerToken - 1) / BytesPerToken;

    public static long Of(ChatMessage message) => PerMessage + message.Contents.Sum(Of);

    public static long Of(IEnumerable<ChatMessage> messages) => messages.Sum(Of);

    /// <summary>The end of a text that has no more tokens than this, one character at least.</summary>
    public static string Tail(string text, long tokens)
    {
        var left = (tokens - PerMessage) * BytesPerToken;
        var start = text.Length;
        while (start > 0)
        {
            var before = start > 1 && char.IsLowSurrogate(text[start - 1]) ? start - 2 : start - 1;
            left -= Encoding.UTF8.GetByteCount(text.AsSpan(before..start));
            if (left < 0 && start < text.Length)
            {
                break;
            }

            start = before;
        }

        return text[start..];
    }

    /// <summary>How many bytes of text a part of a message has; 0 for what is no text.</summary>
    public static long BytesOf(AIContent content) => content switch
    {
        TextContent text => BytesOf(text.Text),
        TextReasoningContent reasoning => BytesOf(reasoning.Text),
        FunctionCallContent call => BytesOf(call.Name) + (call.Arguments?.Sum(argument => BytesOf(argument.Key) + BytesOf(argument.Value?.ToString())) ?? 0),
        FunctionResultContent result => BytesOf(result.Result?.ToString()),
        _ => 0,
    };

    private static long BytesOf(string? text) => Encoding.UTF8.GetByteCount(text ?? "");

    private static long Of(AIContent content) => content is DataContent or UriContent ? PerImage : OfBytes(BytesOf(content));
}
