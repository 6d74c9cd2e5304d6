using System.Net;
using System.Net.Http.Headers;

namespace HubChat.Server.Models.Upstreams;

/// <summary>Makes the one client of an upstream. Nothing of a caller's own request reaches it: no header, no cookie, no trace context.</summary>
internal static class UpstreamHttp
{
    private const int MaxHeaderKilobytes = 32;

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5);

    /// <param name="guard">Opens its connections.</param>
    /// <param name="key">Sent as a bearer token; null or empty when the upstream asks for none.</param>
    /// <exception cref="ArgumentException">The key cannot be sent; the message does not hold it.</exception>
    public static HttpClient Create(AddressGuard guard, string? key = null)
    {
        if (!IsKey(key))
        {
            throw new ArgumentException("The key holds characters that a header cannot carry.");
        }

        var http = new HttpClient(CreateHandler(guard), disposeHandler: true)
        {
            // Streams have their own timers; this one would only limit the time until the headers.
            Timeout = Timeout.InfiniteTimeSpan,
        };
        http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("HubChat", null));
        if (!string.IsNullOrEmpty(key))
        {
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }

        return http;
    }

    /// <summary>Whether a header can carry it.</summary>
    public static bool IsKey(string? key) => key is null || key.All(character => character is > ' ' and <= '~');

    private static SocketsHttpHandler CreateHandler(AddressGuard guard) => new()
    {
        ConnectCallback = guard.ConnectAsync,
        ConnectTimeout = ConnectTimeout,
        // Names are resolved and looked at anew after this time.
        PooledConnectionLifetime = ConnectionLifetime,
        // An answer that is not wanted any more is not read on: the model would go on writing it.
        ResponseDrainTimeout = TimeSpan.Zero,
        MaxResponseDrainSize = 0,
        MaxResponseHeadersLength = MaxHeaderKilobytes,
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,
    };
}
