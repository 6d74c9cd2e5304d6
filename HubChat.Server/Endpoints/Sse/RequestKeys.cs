using System.Security.Cryptography;
using HubChat.Server.Chats;

namespace HubChat.Server.Endpoints.Sse;

/// <summary>The header <c>Idempotency-Key</c>: repeating a request under it repeats nothing.</summary>
internal static class RequestKeys
{
    private const string Header = "Idempotency-Key";

    /// <param name="headers">Where the header may be.</param>
    /// <param name="body">The whole body; under one key it must always be the same.</param>
    /// <exception cref="SseException">invalid_idempotency_key.</exception>
    public static RequestKey? Read(IHeaderDictionary headers, byte[] body)
    {
        if (!headers.TryGetValue(Header, out var values))
        {
            return null;
        }

        return values.ToString() is { Length: > 0 and <= RequestKey.MaxLength } key && key.All(character => character is >= ' ' and <= '~')
            ? new RequestKey(key, SHA256.HashData(body))
            : throw SseException.Invalid("invalid_idempotency_key", Header, $"Idempotency-Key has 1 to {RequestKey.MaxLength} ASCII characters.");
    }
}
