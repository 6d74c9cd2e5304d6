using Microsoft.IdentityModel.JsonWebTokens;

namespace HubChat.Server.Identity.Signing;

/// <summary>A token of this server.</summary>
internal sealed class SignedToken(JsonWebToken token, bool isExpired)
{
    public bool IsExpired => isExpired;

    /// <summary>What it says under a name; null when it does not.</summary>
    public string? this[string claim] => token.TryGetPayloadValue<string>(claim, out var value) ? value : null;
}
