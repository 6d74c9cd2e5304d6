using HubChat.Server.Ids;
using Microsoft.AspNetCore.Identity;

namespace HubChat.Server.Identity;

/// <summary>A person with an account.</summary>
internal sealed class User : IdentityUser<UserId>
{
    public const int MaxDisplayNameLength = 64;

    /// <summary>What others see; one line.</summary>
    public string DisplayName { get; set; } = "";

    public UserRole Role { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>Since when an administrator keeps this person out. Wrong passwords lock by <see cref="IdentityUser{TKey}.LockoutEnd"/>.</summary>
    public DateTimeOffset? LockedAt { get; set; }
}
