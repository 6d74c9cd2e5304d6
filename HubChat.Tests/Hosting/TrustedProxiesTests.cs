using System.Net;
using HubChat.Server.Hosting;
using HubChat.Tests.App;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace HubChat.Tests.Hosting;

/// <summary>Who is believed about where a request comes from.</summary>
public sealed class TrustedProxiesTests
{
    private const string Signup = """{ "username": "ada", "email": "ada@example.org", "password": "correct horse battery" }""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    // Nobody is trusted who is not named, loopback neither.
    [InlineData("", "127.0.0.1", "203.0.113.9", "127.0.0.1")]
    [InlineData("10.0.0.5", "127.0.0.1", "203.0.113.9", "127.0.0.1")]
    [InlineData("10.0.0.5", "::1", "203.0.113.9", "::1")]
    [InlineData("10.0.0.5", "10.0.0.6", "203.0.113.9", "10.0.0.6")]
    [InlineData("10.0.0.5", "10.0.0.5", "203.0.113.9", "203.0.113.9")]
    [InlineData("127.0.0.1", "127.0.0.1", "203.0.113.9", "203.0.113.9")]
    [InlineData("10.0.0.0/24", "10.0.0.77", "203.0.113.9", "203.0.113.9")]
    [InlineData("10.0.0.0/24", "10.0.1.77", "203.0.113.9", "10.0.1.77")]
    // A listener for both families shows addresses of the old one within the new one.
    [InlineData("10.0.0.5", "::ffff:10.0.0.5", "203.0.113.9", "203.0.113.9")]
    [InlineData("::ffff:10.0.0.5", "10.0.0.5", "203.0.113.9", "203.0.113.9")]
    // Several hops: back to the first who is not on the list, whatever is said before.
    [InlineData("10.0.0.5", "10.0.0.5", "198.51.100.1, 203.0.113.9", "203.0.113.9")]
    [InlineData("10.0.0.0/8", "10.0.0.5", "198.51.100.1, 203.0.113.9, 10.1.1.1", "203.0.113.9")]
    [InlineData("10.0.0.0/8", "10.0.0.5", "10.9.9.9, 203.0.113.9", "203.0.113.9")]
    // Garbage is where believing ends.
    [InlineData("10.0.0.5", "10.0.0.5", "", "10.0.0.5")]
    [InlineData("10.0.0.5", "10.0.0.5", "unknown", "10.0.0.5")]
    [InlineData("10.0.0.5", "10.0.0.5", "<script>, 300.1.2.3", "10.0.0.5")]
    [InlineData("10.0.0.0/8", "10.0.0.5", "203.0.113.9, nonsense, 10.1.1.1", "10.1.1.1")]
    [InlineData("10.0.0.5", "10.0.0.5", "203.0.113.9:4711", "203.0.113.9")]
    [InlineData("fd00::5", "fd00::5", "2001:db8::1", "2001:db8::1")]
    [InlineData("fd00::5", "fd00::5", "[2001:db8::1]:4711", "2001:db8::1")]
    [InlineData("fd00::/8", "fd12:3456::1", "2001:db8::1", "2001:db8::1")]
    [InlineData("fd00::5", "fd00::6", "2001:db8::1", "fd00::6")]
    public async Task Client_is_who_the_last_trusted_proxy_names(string trusted, string peer, string forwardedFor, string client)
    {
        await using var app = new SeenApp(trusted, peer);
        Assert.Equal($"{client} http", await app.SeenAsync(("X-Forwarded-For", forwardedFor)));
    }

    [Theory]
    [InlineData("10.0.0.5", "https", "https")]
    [InlineData("10.0.0.5", "http", "http")]
    [InlineData("10.0.0.5", "", "http")]
    [InlineData("10.0.0.5", "ht tps", "http")]
    [InlineData("10.0.0.6", "https", "http")]
    public async Task Cookies_are_secure_where_a_trusted_proxy_says_that_the_client_came_by_https(string peer, string forwardedProto, string scheme)
    {
        await using var app = new SeenApp("10.0.0.5", peer);
        using var http = new HttpClient { BaseAddress = app.Address };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/auth/signup") { Content = new StringContent(Signup, null, "application/json") };
        request.Headers.TryAddWithoutValidation("X-Forwarded-For", "203.0.113.9");
        request.Headers.TryAddWithoutValidation("X-Forwarded-Proto", forwardedProto);

        using var response = await http.SendAsync(request, Token);

        var cookie = response.Headers.GetValues("Set-Cookie").First();
        Assert.Equal(scheme == "https", cookie.Contains("; secure", StringComparison.OrdinalIgnoreCase));
        Assert.Equal(scheme == "https", cookie.StartsWith("__Host-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Host_is_not_taken_from_a_forwarded_header()
    {
        await using var app = new SeenApp("10.0.0.5", "10.0.0.5");
        using var http = new HttpClient { BaseAddress = app.Address };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/auth/signup") { Content = new StringContent(Signup, null, "application/json") };
        request.Headers.TryAddWithoutValidation("X-Forwarded-Host", "evil.example.org");
        request.Headers.TryAddWithoutValidation("Origin", "http://evil.example.org");

        using var response = await http.SendAsync(request, Token);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Theory]
    [InlineData("10.0.0.5", true)]
    [InlineData("10.0.0.0/24", true)]
    [InlineData("fd00::5", true)]
    [InlineData("fd00::/8", true)]
    [InlineData("::ffff:10.0.0.5", true)]
    [InlineData("", false)]
    [InlineData(" 10.0.0.5", false)]
    [InlineData("proxy", false)]
    [InlineData("10.5", false)]
    [InlineData("010.0.0.5", false)]
    [InlineData("167772165", false)]
    [InlineData("10.0.0.5:80", false)]
    [InlineData("[fd00::5]", false)]
    [InlineData("fe80::1%eth0", false)]
    [InlineData("10.0.0.5/24", false)]
    [InlineData("10.0.0.0/33", false)]
    [InlineData("10.0.0.0/", false)]
    [InlineData("10.0.0.0/24/24", false)]
    [InlineData("0.0.0.0/0", false)]
    [InlineData("::/0", false)]
    [InlineData("10.0.0.5,10.0.0.6", false)]
    public void Entry_is_an_address_or_a_network(string entry, bool isOne)
    {
        var options = new HostingOptions();
        options.TrustedProxies.Add("127.0.0.1");
        options.TrustedProxies.Add(entry);
        Assert.Equal(isOne, new TrustedProxies().Validate(null, options).Succeeded);
    }

    /// <summary>A server that is called from whatever address the test likes, and tells whom it took for the client.</summary>
    private sealed class SeenApp(string trusted, string peer) : IAsyncDisposable
    {
        private readonly HubChatApp _app = new(
            trusted.Length == 0 ? new Dictionary<string, string>() : new Dictionary<string, string> { ["Hosting:TrustedProxies:0"] = trusted })
        {
            MoreServices = services => services.AddSingleton<IStartupFilter>(new Peer(IPAddress.Parse(peer))),
        };

        public Uri Address => _app.Address;

        public async Task<string> SeenAsync(params (string Name, string Value)[] headers)
        {
            using var http = new HttpClient { BaseAddress = Address };
            using var request = new HttpRequestMessage(HttpMethod.Get, "/healthz");
            foreach (var (name, value) in headers)
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }

            using var response = await http.SendAsync(request, Token);
            return response.Headers.GetValues("X-Seen").Single();
        }

        public ValueTask DisposeAsync() => _app.DisposeAsync();
    }

    private sealed class Peer(IPAddress address) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use(async (context, inner) =>
            {
                context.Connection.RemoteIpAddress = address;
                context.Response.OnStarting(() =>
                {
                    context.Response.Headers["X-Seen"] = $"{context.Connection.RemoteIpAddress} {context.Request.Scheme}";
                    return Task.CompletedTask;
                });
                await inner();
            });
            next(app);
        };
    }
}
