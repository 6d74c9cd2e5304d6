using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using HubChat.Tests.App;
using HubChat.Tests.Endpoints.Auth;
using Xunit;

namespace HubChat.Tests.Endpoints.OpenAI;

public sealed class ErrorShapeTests(OpenAIWorld world) : IClassFixture<OpenAIWorld>
{
    private static readonly string[] ModelsScope = ["models"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("GET", "/v1", 404, "not_found")]
    [InlineData("GET", "/v1/nothing", 404, "not_found")]
    [InlineData("POST", "/v1/completions", 404, "not_found")]
    [InlineData("POST", "/V1/embeddings", 404, "not_found")]
    [InlineData("GET", "/v1/chat/completions", 405, "method_not_allowed")]
    [InlineData("DELETE", "/v1/models", 405, "method_not_allowed")]
    [InlineData("DELETE", "/v1/models/scripted", 405, "method_not_allowed")]
    [InlineData("GET", "/v1/models/nothing", 404, "model_not_found")]
    public async Task Wrong_address_is_said_in_openais_shape(string method, string path, int status, string code)
    {
        var answer = await world.Client.SendAsync(new HttpMethod(method), path, null, world.ModelsKey, ("Accept", "text/event-stream"));

        AssertError(answer, status, "invalid_request_error", code);
    }

    [Fact]
    public async Task Model_that_is_not_there_is_not_found()
    {
        foreach (var model in new[] { "nothing", OpenAIWorld.AdminsName, "SCRIPTED" })
        {
            var answer = await world.AskAsync(Bodies.Of(model, $"[{Bodies.Hello}]"));

            AssertError(answer, 404, "invalid_request_error", "model_not_found");
            Assert.Equal("model", answer.Body.GetProperty("error").GetProperty("param").GetString());
        }
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    public async Task Body_must_say_that_it_is_json(string type)
    {
        using var content = new StringContent(Bodies.With("\"stream\":false"), Encoding.UTF8, type);

        AssertError(
            await world.Client.SendAsync(HttpMethod.Post, OpenAIWorld.Completions, content, world.ModelsKey), 415, "invalid_request_error", "unsupported_media_type");
    }

    [Fact]
    public async Task Body_may_be_larger_than_elsewhere_and_has_its_own_limit()
    {
        await using var app = new HubChatApp(new Dictionary<string, string> { ["OpenAI:MaxRequestBytes"] = "3000000" });
        using var client = new AuthClient(app);
        var ada = await app.SignUpAsync("ada", Token);
        var key = (await client.PostAsync("/api/auth/keys", new { name = "a program", scopes = ModelsScope }, ada.Token)).Token;

        Assert.Equal(HttpStatusCode.OK, (await AskAsync(2_000_000, chunked: false)).Status);
        AssertError(await AskAsync(3_500_000, chunked: false), 413, "invalid_request_error", "body_too_large");
        AssertError(await AskAsync(3_500_000, chunked: true), 413, "invalid_request_error", "body_too_large");

        Task<Answer> AskAsync(int padding, bool chunked)
        {
            var body = Encoding.UTF8.GetBytes(Bodies.With($"\"padding\":\"{new string('x', padding)}\""));
            HttpContent content = chunked ? new StreamContent(new UnknownLength(body)) : new ByteArrayContent(body);
            content.Headers.ContentType = new("application/json");
            return client.SendAsync(HttpMethod.Post, OpenAIWorld.Completions, content, key);
        }
    }

    [Fact]
    public async Task Foreign_origin_is_refused_as_elsewhere()
    {
        AssertError(
            await world.AskAsync(Bodies.With("\"stream\":false"), null, ("Origin", "https://evil.example")), 403, "invalid_request_error", "origin_not_allowed");
    }

    [Fact]
    public async Task Address_may_make_so_many_requests()
    {
        await using var app = new HubChatApp(new Dictionary<string, string>
        {
            ["RateLimits:Enabled"] = "true",
            ["RateLimits:ApiBurst"] = "10",
            ["RateLimits:ApiRequestsPerSecond"] = "1",
        });
        using var client = new AuthClient(app);

        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => client.GetAsync("/v1/models")));

        var limited = answers.Where(answer => answer.Status is HttpStatusCode.TooManyRequests).ToList();
        Assert.NotEmpty(limited);
        Assert.All(limited, answer =>
        {
            AssertError(answer, 429, "rate_limit_error", "rate_limit_exceeded");
            Assert.InRange(int.Parse(answer.Header("Retry-After")!, CultureInfo.InvariantCulture), 1, 60);
        });
    }

    private static void AssertError(Answer answer, int status, string type, string code)
    {
        Assert.Equal(status, (int)answer.Status);
        Assert.Equal("application/json", answer.Header("Content-Type")!.Split(';')[0]);
        Assert.NotNull(answer.Header("x-request-id"));
        var error = Assert.Single(answer.Body.EnumerateObject()).Value;
        Assert.Equal(["message", "type", "param", "code"], error.EnumerateObject().Select(member => member.Name));
        Assert.Equal((type, code), (error.GetProperty("type").GetString(), error.GetProperty("code").GetString()));
        Assert.Equal(JsonValueKind.String, error.GetProperty("message").ValueKind);
    }

    /// <summary>Makes a client send chunks, which say no length.</summary>
    private sealed class UnknownLength(byte[] content) : MemoryStream(content)
    {
        public override bool CanSeek => false;
    }
}
