using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace HubChat.Server.Identity;

/// <summary>Tokens: 256 random bits, base64url (RFC 4648 §5), with a prefix that scanners for leaked secrets can find.</summary>
internal static class SessionToken
{
    public const string KeyPrefix = "hc_";
    private const string SignInPrefix = "hcs_";
    private const string DevicePrefix = "hcd_";
    private const string TicketPrefix = "hct_";
    private const int MaxLength = 100;
    private const int ShownLength = 8;

    public static string New(SessionKind kind)
    {
        var prefix = kind switch
        {
            SessionKind.ApiKey => KeyPrefix,
            SessionKind.KnownDevice => DevicePrefix,
            _ => SignInPrefix,
        };
        return New(prefix);
    }

    /// <summary>No session's token: it opens one connection, see <see cref="TicketService"/>.</summary>
    public static string NewTicket() => New(TicketPrefix);

    public static bool IsTicket(string token) => token.StartsWith(TicketPrefix, StringComparison.Ordinal);

    /// <summary>What identifies the token in the session table; null for what cannot be one.</summary>
    public static byte[]? Hash(string? token) =>
        token is { Length: > 0 and <= MaxLength } ? SHA256.HashData(Encoding.UTF8.GetBytes(token)) : null;

    public static string Shown(string token) => token[..ShownLength];

    private static string New(string prefix) => prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
}
