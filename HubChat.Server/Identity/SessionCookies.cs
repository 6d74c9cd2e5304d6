namespace HubChat.Server.Identity;

/// <summary>The page's cookies. Over https the name prefix makes browsers insist on Secure, Path=/ and no Domain (RFC 6265bis §4.1.3).</summary>
internal static class SessionCookies
{
    private const string Name = "hubchat";
    private const string DeviceName = "hubchat-device";
    private const string HostPrefix = "__Host-";
    private static readonly TimeSpan DeviceLifetime = TimeSpan.FromDays(365);

    public static string? ReadToken(HttpRequest request) => request.Cookies[NameFor(request, Name)];

    public static string? ReadDeviceToken(HttpRequest request) => request.Cookies[NameFor(request, DeviceName)];

    public static void Write(HttpContext context, SignedIn signedIn)
    {
        Append(context, Name, signedIn.Token, signedIn.Session.ExpiresAt);
        if (signedIn.DeviceToken is { } deviceToken)
        {
            Append(context, DeviceName, deviceToken, signedIn.Session.CreatedAt + DeviceLifetime);
        }
    }

    public static void Delete(HttpContext context) =>
        context.Response.Cookies.Delete(NameFor(context.Request, Name), Options(context.Request, expires: null));

    private static void Append(HttpContext context, string name, string value, DateTimeOffset? expires) =>
        context.Response.Cookies.Append(NameFor(context.Request, name), value, Options(context.Request, expires));

    private static CookieOptions Options(HttpRequest request, DateTimeOffset? expires) => new()
    {
        HttpOnly = true,
        Secure = request.IsHttps,
        SameSite = SameSiteMode.Strict,
        Path = "/",
        Expires = expires,
        IsEssential = true,
    };

    private static string NameFor(HttpRequest request, string name) => request.IsHttps ? HostPrefix + name : name;
}
