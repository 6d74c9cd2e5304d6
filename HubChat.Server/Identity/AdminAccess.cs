using HubChat.Server.Errors;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Identity;

/// <summary>The one decision about who may administer this server. It opens no chat.</summary>
internal sealed class AdminAccess(IOptions<AccountOptions> options, TimeProvider time)
{
    /// <exception cref="ChatException">not_found for who is no administrator, forbidden for an administrator's API key.</exception>
    public static void Require(CurrentUser user)
    {
        // The role goes first: a key of somebody else must not learn that there is something here.
        if (user.Role is not UserRole.Admin)
        {
            throw NotFound();
        }

        if (!user.MayManageAccount)
        {
            throw ChatException.Forbidden("An API key cannot administer this server.");
        }
    }

    /// <summary>What everybody gets who is no administrator.</summary>
    public static ChatException NotFound() => ChatException.NotFound("page");

    /// <summary>For what changes something: a session that was left open somewhere is not enough.</summary>
    /// <exception cref="ChatException">As for <see cref="Require"/>; sign_in_again.</exception>
    public void RequireChange(CurrentUser user)
    {
        Require(user);
        if (time.GetUtcNow() - user.SessionCreatedAt > options.Value.AdminSignInWithin)
        {
            throw new ChatException(ChatError.Forbidden, "sign_in_again", "It has been long since you signed in. Sign in again for this.");
        }
    }
}
