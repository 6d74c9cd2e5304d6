using HubChat.Server.Identity;

namespace HubChat.Server.Endpoints;

internal static class AdminAuthorization
{
    /// <summary>
    /// Opens routes to administrators who have signed in. Decided before anything of the request is read: nobody else learns whether it
    /// would have fitted.
    /// </summary>
    public static TBuilder RequireAdministrator<TBuilder>(this TBuilder routes)
        where TBuilder : IEndpointConventionBuilder =>
        routes.RequireAuthorization(policy => policy.RequireAuthenticatedUser().RequireAssertion(context =>
        {
            if (SessionIdentity.Of(context.User) is not { } identity)
            {
                return false;
            }

            AdminAccess.Require(identity.User);
            return true;
        }));
}
