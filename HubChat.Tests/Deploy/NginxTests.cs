using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using HubChat.Tests.App;
using Xunit;

namespace HubChat.Tests.Deploy;

/// <summary>deploy/nginx.conf does what it says, in front of two nodes.</summary>
public sealed class NginxTests : IClassFixture<TwoNodes>
{
    private const int Megabyte = 1_048_576;
    private const string Handshake = "{\"protocol\":\"json\",\"version\":1}\u001e";

    private readonly TwoNodes _nodes;

    public NginxTests(TwoNodes nodes)
    {
        Tool.Find("nginx");
        _nodes = nodes;
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private NginxServer Nginx => _nodes.Nginx;

    private TestUser Ada => _nodes.Sessions[0];

    [Fact]
    public async Task Sockets_reach_a_node_and_their_tokens_no_log()
    {
        await UntilBothAnswerAsync("\"GET /hubs/chat HTTP/1.1\" 101", async session =>
        {
            await using var hub = await session.ConnectAsync(Token);
            await hub.CallAsync("CreateChat", Token, new { });
        });

        // As browsers do, which can set no header of their own.
        const string Browser = "a-browser/1.0";
        using (var socket = new ClientWebSocket())
        {
            socket.Options.SetRequestHeader("User-Agent", Browser);
            await socket.ConnectAsync(new Uri($"ws://{Nginx.Address.Authority}/hubs/chat?access_token={Ada.Token}"), Token);
            await socket.SendAsync(Encoding.UTF8.GetBytes(Handshake), WebSocketMessageType.Text, endOfMessage: true, Token);
            var answer = new byte[100];
            Assert.Equal("{}\u001e", Encoding.UTF8.GetString(answer, 0, (await socket.ReceiveAsync(answer, Token)).Count));
        }

        await Eventually.HoldsAsync(() => Nginx.AccessLog.Contains(Browser, StringComparison.Ordinal), Token);
        AssertNoLogSays(Nginx, [.. _nodes.Sessions.Select(session => session.Token), _nodes.Key, "access_token"]);
    }

    [Fact]
    public async Task Token_stands_in_no_log_when_no_node_answers()
    {
        await using var nginx = await NginxServer.StartAsync(new Uri("http://127.0.0.1:1"), new Uri("http://127.0.0.1:2"), Token);
        using var http = nginx.Client();
        foreach (var path in new[] { "hubs/chat", "HUBS/chat", "hubs/chat/negotiate", "x/../hubs/chat", "hubs%2Fchat", "hubs", "%68ubs/chat" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"{nginx.Address}{path}?access_token=secret-of-ada", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
            using var answer = await http.SendAsync(request, Token);
            Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        }

        Assert.Equal(HttpStatusCode.BadGateway, (await http.GetAsync("/api/auth/me", Token)).StatusCode);
        await Eventually.HoldsAsync(() => nginx.AccessLog.Count(character => character == '\n') == 8, Token);
        Assert.Contains("/api/auth/me", nginx.ErrorLog, StringComparison.Ordinal);
        AssertNoLogSays(nginx, "secret-of-ada");
    }

    [Theory]
    [InlineData("/backend-api/f/conversation", """{ "messages": [ { "role": "user", "content": { "content_type": "text", "parts": ["Hello"] } } ] }""")]
    [InlineData("/v1/chat/completions", """{ "model": "demo", "stream": true, "messages": [ { "role": "user", "content": "Hello" } ] }""")]
    public async Task Streams_come_as_they_are_written(string path, string body)
    {
        using var http = Nginx.Client();
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _nodes.Key);
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);

        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Token));
        var times = new List<long>();
        var last = "";
        while (await reader.ReadLineAsync(Token) is { } line)
        {
            if (line.StartsWith("data:", StringComparison.Ordinal))
            {
                times.Add(Stopwatch.GetTimestamp());
                last = line;
            }
        }

        // The demo assistant writes 25 words a second: what is collected would come all at once.
        Assert.Equal("data: [DONE]", last);
        var gaps = times.Zip(times.Skip(1), (one, next) => Stopwatch.GetElapsedTime(one, next).TotalMilliseconds);
        Assert.True(gaps.Count(gap => gap > 10) >= 5, $"Gaps of {string.Join(", ", gaps.Select(gap => $"{gap:0}"))} ms.");
    }

    [Theory]
    [InlineData("/api/auth/login", 1, 400, true)]
    [InlineData("/api/auth/login", 2, 413, true)]
    [InlineData("/api/auth/login", 4, 413, false)]
    [InlineData("/backend-api/f/conversation", 2, 413, true)]
    [InlineData("/backend-api/f/conversation", 4, 413, false)]
    [InlineData("/v1/chat/completions", 4, 400, true)]
    [InlineData("/v1/chat/completions", 21, 413, true)]
    [InlineData("/v1/chat/completions", 22, 413, false)]
    public async Task Long_bodies_are_refused_by_the_node_and_very_long_ones_before_it(string path, int megabytes, int status, bool byTheNode)
    {
        using var http = Nginx.Client();
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent("{}".PadRight(megabytes * Megabyte), Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _nodes.Key);
        using var response = await http.SendAsync(request, Token);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(byTheNode, response.Headers.Contains("X-Request-Id"));
    }

    [Fact]
    public async Task Node_limits_the_address_of_the_client_whatever_that_says_of_itself()
    {
        using var greedy = Nginx.Client(from: "127.0.0.2");
        using var other = Nginx.Client(from: "127.0.0.3");
        var many = await Task.WhenAll(Enumerable.Range(0, 600).Select(_ => StatusAsync(greedy)));
        Assert.Contains(HttpStatusCode.TooManyRequests, many);

        var faked = await Task.WhenAll(Enumerable.Range(0, 100).Select(number => StatusAsync(greedy, $"203.0.113.{number}")));
        Assert.True(faked.Count(status => status is HttpStatusCode.TooManyRequests) >= 50, $"{faked.Count(status => status is HttpStatusCode.TooManyRequests)}");
        var innocent = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => StatusAsync(other)));
        Assert.All(innocent, status => Assert.Equal(HttpStatusCode.Unauthorized, status));

        static async Task<HttpStatusCode> StatusAsync(HttpClient http, string? forwardedFor = null)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/auth/me");
            foreach (var name in forwardedFor is null ? [] : new[] { "X-Forwarded-For", "X-Real-IP", "Forwarded" })
            {
                request.Headers.TryAddWithoutValidation(name, name == "Forwarded" ? $"for={forwardedFor}" : forwardedFor);
            }

            using var response = await http.SendAsync(request, Token);
            return response.StatusCode;
        }
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Cookies_are_secure_where_TLS_ends_in_the_proxy(string version)
    {
        using var http = Nginx.Client(Nginx.TlsAddress);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/auth/login")
        {
            Version = Version.Parse(version),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = JsonContent.Create(new { username = Ada.UserName, password = TestUser.Password }),
        };
        request.Headers.TryAddWithoutValidation("Origin", Nginx.TlsAddress.GetLeftPart(UriPartial.Authority));
        request.Headers.TryAddWithoutValidation("X-Forwarded-Proto", "http");
        using var response = await http.SendAsync(request, Token);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var cookie = response.Headers.GetValues("Set-Cookie").First();
        Assert.StartsWith("__Host-hubchat=", cookie, StringComparison.Ordinal);
        Assert.Contains("; secure", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("Strict-Transport-Security", response.Headers.Select(header => header.Key));
    }

    [Fact]
    public async Task Plain_HTTP_is_sent_to_https()
    {
        using var http = Nginx.Client(Nginx.RedirectAddress);
        using var response = await http.GetAsync("/a%0d%0ab?access_token=secret-of-ada", Token);

        Assert.Equal(HttpStatusCode.MovedPermanently, response.StatusCode);
        Assert.Equal("https://chat.example.org/a%0d%0ab?access_token=secret-of-ada", response.Headers.Location?.OriginalString);
        AssertNoLogSays(Nginx, "secret-of-ada");
    }

    [Fact]
    public async Task Killed_node_is_left_out()
    {
        _nodes.Second.Kill();
        await _nodes.Second.ExitedAsync(Token);
        try
        {
            using var http = Nginx.Client();
            foreach (var session in _nodes.Sessions)
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, "/api/auth/me");
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", session.Token);
                using var response = await http.SendAsync(request, Token);
                Assert.Equal(HttpStatusCode.OK, response.StatusCode);

                // A POST that no node has had is sent to the next one too.
                using var signedIn = await http.PostAsJsonAsync("/api/auth/login", new { username = session.UserName, password = TestUser.Password }, Token);
                Assert.Equal(HttpStatusCode.OK, signedIn.StatusCode);

                await using var hub = await session.ConnectAsync(Token);
                await hub.CallAsync("CreateChat", Token, new { });
                Assert.Equal("{}\u001e", await NegotiateAndPollAsync(http, session.Token));
            }
        }
        finally
        {
            await _nodes.Second.RestartAsync(Token);
        }
    }

    [Fact]
    public async Task Node_that_drains_keeps_its_connections_and_new_ones_come_to_the_other()
    {
        // Past the proxy, and it does not move: the node drains for as long as it may.
        await using var stays = await new TestUser(_nodes.Second.Address, Ada.UserName, Ada.Id, Ada.Token).ConnectAsync(Token);
        _nodes.Second.Terminate();
        await stays.Reconnect.WaitAsync(Token);
        try
        {
            using var http = Nginx.Client();
            var next = 0;
            await Eventually.HoldsAsync(
                async () =>
                {
                    // Between two that are passed on nginx leaves the node alone for a while.
                    var session = _nodes.Sessions[next++ % TwoNodes.SessionCount];
                    await using var hub = await session.ConnectAsync(Token);
                    await hub.CallAsync("CreateChat", Token, new { });
                    Assert.Equal("{}\u001e", await NegotiateAndPollAsync(http, session.Token));
                    return IsPassedOn("\"GET /hubs/chat HTTP/1.1\" 101") && IsPassedOn("\"POST /hubs/chat/negotiate HTTP/1.1\" 200");
                },
                Token);
            await stays.CallAsync("CreateChat", Token, new { });
        }
        finally
        {
            await _nodes.Second.RestartAsync(Token);
        }
    }

    [Theory]
    [InlineData("header")]
    [InlineData("query")]
    public async Task Negotiated_connections_stay_on_their_node(string tokenIn)
    {
        using var http = Nginx.Client();
        await UntilBothAnswerAsync("\"POST /hubs/chat/negotiate HTTP/1.1\" 200", async session =>
        {
            for (var time = 0; time < 3; time++)
            {
                Assert.Equal("{}\u001e", await NegotiateAndPollAsync(http, session.Token, tokenIn));
            }
        });
    }

    [Fact]
    public async Task Negotiated_connections_are_lost_without_the_hash()
    {
        const string Hash = "hash $hubchat_session consistent;";
        await using var nginx = await NginxServer.StartAsync(_nodes.First.Address, _nodes.Second.Address, Token, shipped =>
        {
            Assert.Contains(Hash, shipped, StringComparison.Ordinal);
            return shipped.Replace(Hash, "", StringComparison.Ordinal);
        });
        using var http = nginx.Client();
        var answers = new List<string?>();
        foreach (var session in _nodes.Sessions)
        {
            answers.Add(await NegotiateAndPollAsync(http, session.Token));
        }

        Assert.Contains(null, answers);
    }

    [Fact]
    public async Task Negotiated_server_sent_events_come_unbuffered()
    {
        using var http = Nginx.Client();
        foreach (var session in _nodes.Sessions)
        {
            var id = await NegotiateAsync(http, session.Token);
            using var request = Request(HttpMethod.Get, $"/hubs/chat?id={id}", session.Token);
            request.Headers.Accept.ParseAdd("text/event-stream");
            using var events = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
            Assert.Equal("text/event-stream", events.Content.Headers.ContentType?.MediaType);
            using var reader = new StreamReader(await events.Content.ReadAsStreamAsync(Token));
            using var sent = await http.SendAsync(Request(HttpMethod.Post, $"/hubs/chat?id={id}", session.Token, Handshake), Token);
            Assert.Equal(HttpStatusCode.OK, sent.StatusCode);

            // The answer to the handshake, while the response goes on.
            string? line;
            do
            {
                line = await reader.ReadLineAsync(Token);
            }
            while (line is "" or ":" or "\r");
            Assert.Equal("data: {}\u001e", line);
        }
    }

    private bool IsPassedOn(string logged) => Nginx.AccessLog.Split('\n').Any(line => line.Contains(logged, StringComparison.Ordinal)
        && line.Contains($" {_nodes.Second.Address.Authority}, {_nodes.First.Address.Authority} 503, ", StringComparison.Ordinal));

    /// <summary>
    /// Asks with every session, until both nodes have answered. Which one answers a session is chance, and one that has failed a request of
    /// another test is left alone for a while.
    /// </summary>
    private Task UntilBothAnswerAsync(string logged, Func<TestUser, Task> ask) => Eventually.HoldsAsync(
        async () =>
        {
            foreach (var session in _nodes.Sessions)
            {
                await ask(session);
            }

            return new[] { _nodes.First, _nodes.Second }.All(
                node => Nginx.AccessLog.Split('\n').Any(line => line.Contains(logged, StringComparison.Ordinal) && line.Contains($" {node.Address.Authority} ", StringComparison.Ordinal)));
        },
        Token,
        TimeSpan.FromSeconds(60));

    /// <returns>The answer to the handshake; nothing when a request did not find the connection.</returns>
    private static async Task<string?> NegotiateAndPollAsync(HttpClient http, string token, string tokenIn = "header")
    {
        var id = await NegotiateAsync(http, token, tokenIn);
        var path = $"/hubs/chat?id={id}";
        using var first = await http.SendAsync(Request(HttpMethod.Get, path, token, null, tokenIn), Token);
        using var sent = await http.SendAsync(Request(HttpMethod.Post, path, token, Handshake, tokenIn), Token);
        if (first.StatusCode is HttpStatusCode.NotFound || sent.StatusCode is HttpStatusCode.NotFound)
        {
            return null;
        }

        using var answer = await http.SendAsync(Request(HttpMethod.Get, path, token, null, tokenIn), Token);
        var text = await answer.Content.ReadAsStringAsync(Token);
        using var ended = await http.SendAsync(Request(HttpMethod.Delete, path, token, null, tokenIn), Token);
        return answer.StatusCode is HttpStatusCode.NotFound ? null : text;
    }

    private static async Task<string> NegotiateAsync(HttpClient http, string token, string tokenIn = "header")
    {
        using var negotiated = await http.SendAsync(Request(HttpMethod.Post, "/hubs/chat/negotiate?negotiateVersion=1", token, "", tokenIn), Token);
        Assert.Equal(HttpStatusCode.OK, negotiated.StatusCode);
        return (await negotiated.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("connectionToken").GetString()!;
    }

    private static HttpRequestMessage Request(HttpMethod method, string path, string token, string? body = null, string tokenIn = "header")
    {
        var request = new HttpRequestMessage(method, tokenIn == "query" ? $"{path}&access_token={token}" : path);
        if (tokenIn == "header")
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "text/plain");
        }

        return request;
    }

    private static void AssertNoLogSays(NginxServer nginx, params string[] secrets)
    {
        foreach (var secret in secrets)
        {
            Assert.DoesNotContain(secret, nginx.AccessLog, StringComparison.Ordinal);
            Assert.DoesNotContain(secret, nginx.ErrorLog, StringComparison.Ordinal);
        }
    }
}
