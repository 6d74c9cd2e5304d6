using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace HubChat.Server.Identity.Signing;

/// <summary>
/// JSON Web Tokens (RFC 7519) that this server gives out for one use, and takes back for that use alone. They prove what they say; they
/// sign nobody in.
/// </summary>
internal sealed class SignedTokens(KeyRing keys, TimeProvider time)
{
    private const string Issuer = "hubchat";

    // A token of ours has about 500 characters.
    private const int MaxLength = 4_096;

    private readonly JsonWebTokenHandler _handler = new() { MaximumTokenSizeInBytes = MaxLength };

    /// <summary>The token for some claims; the same claims of the same moment always give the same token.</summary>
    /// <param name="audience">The use.</param>
    /// <param name="claims">What it says, in this order.</param>
    /// <param name="issuedAt">The moment; parts of a second are left out.</param>
    /// <param name="lifetime">At most <see cref="KeyRing.MaxTokenLifetime"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<string> IssueAsync(
        string audience, IEnumerable<KeyValuePair<string, string>> claims, DateTimeOffset issuedAt, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        var key = await keys.GetForAsync(issuedAt, cancellationToken);
        var header = new JsonObject { ["alg"] = SecurityAlgorithms.EcdsaSha256, ["typ"] = "JWT", ["kid"] = key.Id };
        var payload = new JsonObject { ["iss"] = Issuer, ["aud"] = audience };
        foreach (var (name, value) in claims)
        {
            payload[name] = value;
        }

        var seconds = issuedAt.ToUnixTimeSeconds();
        payload["iat"] = seconds;
        payload["exp"] = seconds + (long)Math.Ceiling(lifetime.TotalSeconds);
        var signed = $"{Encode(header)}.{Encode(payload)}";
        return $"{signed}.{Base64UrlEncoder.Encode(key.Sign(Encoding.ASCII.GetBytes(signed)))}";
    }

    /// <summary>Takes a token back.</summary>
    /// <returns>What it says and whether it is still valid; null when it is not one of this server for this use.</returns>
    public async Task<SignedToken?> ReadAsync(string token, string audience, CancellationToken cancellationToken)
    {
        if (token.Length > MaxLength || KeyIdOf(token) is not { } keyId || await keys.FindAsync(keyId, cancellationToken) is not { } key)
        {
            return null;
        }

        // Whatever its header says: one algorithm, and a key of ours (RFC 8725, sections 3.1 and 3.2).
        var result = await _handler.ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
            IssuerSigningKey = key.Verifier,
            ValidIssuer = Issuer,
            ValidAudience = audience,
            RequireSignedTokens = true,

            // Below, by the server's own clock.
            ValidateLifetime = false,
        });
        return result is { IsValid: true, SecurityToken: JsonWebToken valid } && valid.TryGetPayloadValue<long>(JwtRegisteredClaimNames.Exp, out var end)
            ? new SignedToken(valid, isExpired: end <= time.GetUtcNow().ToUnixTimeSeconds())
            : null;
    }

    private string? KeyIdOf(string token)
    {
        try
        {
            return _handler.CanReadToken(token) ? _handler.ReadJsonWebToken(token).Kid : null;
        }
        catch (Exception exception) when (exception is ArgumentException or SecurityTokenException or JsonException or FormatException)
        {
            return null;
        }
    }

    private static string Encode(JsonObject part) => Base64UrlEncoder.Encode(JsonSerializer.SerializeToUtf8Bytes(part));
}
