using Microsoft.AspNetCore.Authentication;

namespace HubChat.Server.Identity;

/// <summary>Which tokens are taken.</summary>
internal sealed class BearerAuthenticationOptions : AuthenticationSchemeOptions
{
    /// <summary>Whether only API keys are.</summary>
    public bool KeysOnly { get; set; }
}
