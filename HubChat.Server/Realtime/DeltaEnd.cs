using System.Security.Cryptography;
using System.Text;

namespace HubChat.Server.Realtime;

/// <summary>How a reply ended.</summary>
/// <param name="State">The wire name of its final state.</param>
/// <param name="Length">The length of the whole text in UTF-16 units.</param>
/// <param name="Hash">The lower-case hexadecimal SHA-256 of its UTF-8 bytes: every reader can check its own text.</param>
/// <param name="ErrorCode">Why it did not end well, if it did not.</param>
/// <param name="RetryAt">When asking again may help, if that is known.</param>
/// <param name="FinishReason">Why the model ended, in its own word: <c>stop</c>, <c>length</c>.</param>
internal sealed record DeltaEnd(string State, int Length, string Hash, string? ErrorCode, DateTimeOffset? RetryAt, string? FinishReason)
{
    public static DeltaEnd Of(string state, string text, string? errorCode = null, DateTimeOffset? retryAt = null, string? finishReason = null) =>
        new(state, text.Length, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))), errorCode, retryAt, finishReason);
}
