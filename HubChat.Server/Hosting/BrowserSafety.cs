using HubChat.Server.Identity;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Hosting;

/// <summary>
/// What protects people who use a browser: headers on every answer, and no acting across sites. CORS does not cover WebSockets, and
/// a cookie comes along by itself; so the origin is checked here, for every upgrade and every request that changes something.
/// </summary>
internal sealed class BrowserSafety(RequestDelegate next, IProblemDetailsService problems, IOptions<AccountOptions> options)
{
    // Connections back to this server only, scripts from files only, and text never becomes code.
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        + "frame-ancestors 'none'; base-uri 'none'; form-action 'self'; require-trusted-types-for 'script'; trusted-types hubchat dompurify";

    public async Task InvokeAsync(HttpContext context)
    {
        // At the last moment: what handles an exception clears the answer first.
        context.Response.OnStarting(AddHeaders, context.Response.Headers);

        if (ChangesSomething(context.Request) && !IsAllowed(context.Request))
        {
            await problems.WriteAsync(context, StatusCodes.Status403Forbidden, "origin_not_allowed", "This origin may not act here.");
            return;
        }

        await next(context);
    }

    private static Task AddHeaders(object state)
    {
        var headers = (IHeaderDictionary)state;
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        return Task.CompletedTask;
    }

    private static bool ChangesSomething(HttpRequest request) =>
        request.Path.StartsWithSegments("/hubs")
        || !(HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method));

    /// <summary>
    /// Programs send no origin; browsers do, except with a GET to where the page is from. Without one, only what a browser would not send by
    /// itself is accepted, and what it says comes from the page's own origin (Fetch Metadata, section 2.4): no page can set that header.
    /// </summary>
    private bool IsAllowed(HttpRequest request)
    {
        var origin = request.Headers.Origin.ToString();
        if (origin.Length == 0)
        {
            return request.Headers.Authorization.Count > 0 || SessionCookies.ReadToken(request) is null || request.Query.ContainsKey("access_token")
                || IgnoresCookie(request.Path) || request.Headers["Sec-Fetch-Site"] == "same-origin";
        }

        return options.Value.AllowedOrigins.Contains(origin, StringComparer.OrdinalIgnoreCase)
            || IsOwn(origin, request);
    }

    /// <summary>Signing in does not use the cookie that a program may have kept from the last time, and these doors take none at all.</summary>
    private static bool IgnoresCookie(PathString path) =>
        path.Equals("/api/auth/login", StringComparison.OrdinalIgnoreCase) || path.Equals("/api/auth/signup", StringComparison.OrdinalIgnoreCase)
        || path.StartsWithSegments("/v1") || path.StartsWithSegments("/backend-api");

    /// <summary>
    /// Whether an origin, as browsers write it (RFC 6454 section 6.2), is where this request went. Where TLS ends in a proxy, the server sees
    /// http and the browser says https; the other way round there is no such reason.
    /// </summary>
    private static bool IsOwn(string origin, HttpRequest request) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var from)
        && from.UserInfo.Length == 0
        && string.Equals(from.GetLeftPart(UriPartial.Authority), origin, StringComparison.OrdinalIgnoreCase)
        && (from.Scheme == Uri.UriSchemeHttps || (from.Scheme == Uri.UriSchemeHttp && !request.IsHttps))
        && Uri.TryCreate($"{from.Scheme}://{request.Host}", UriKind.Absolute, out var to)
        && string.Equals(from.IdnHost, to.IdnHost, StringComparison.OrdinalIgnoreCase)
        && from.Port == to.Port;
}
