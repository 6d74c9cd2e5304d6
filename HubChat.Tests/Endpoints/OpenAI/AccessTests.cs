using System.Net;
using HubChat.Tests.App;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace HubChat.Tests.Endpoints.OpenAI;

public sealed class AccessTests(OpenAIWorld world) : IClassFixture<OpenAIWorld>
{
    private static readonly string[] Routes = ["POST /v1/chat/completions", "GET /v1/models", "GET /v1/models/scripted"];
    private static readonly string[] ModelsScope = ["models"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, string, HttpStatusCode> Matrix
    {
        get
        {
            var matrix = new TheoryData<string, string, HttpStatusCode>();
            foreach (var route in Routes)
            {
                matrix.Add(route, "anonymous", HttpStatusCode.Unauthorized);
                matrix.Add(route, "session", HttpStatusCode.Unauthorized);
                matrix.Add(route, "cookie", HttpStatusCode.Unauthorized);
                matrix.Add(route, "key in a cookie", HttpStatusCode.Unauthorized);
                matrix.Add(route, "key in the address", HttpStatusCode.Unauthorized);
                matrix.Add(route, "unknown key", HttpStatusCode.Unauthorized);
                matrix.Add(route, "ended key", HttpStatusCode.Unauthorized);
                matrix.Add(route, "key of another scheme", HttpStatusCode.Unauthorized);
                matrix.Add(route, "chat", HttpStatusCode.Forbidden);
                matrix.Add(route, "models", HttpStatusCode.OK);
                matrix.Add(route, "both", HttpStatusCode.OK);
                matrix.Add(route, "models and a cookie", HttpStatusCode.OK);
            }

            return matrix;
        }
    }

    [Fact]
    public void Every_route_is_in_the_matrix()
    {
        world.App.Start();
        var routes = world.App.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(route => route.RoutePattern.RawText!.StartsWith("/v1", StringComparison.Ordinal))
            .SelectMany(route => route.Metadata.GetRequiredMetadata<IHttpMethodMetadata>().HttpMethods
                .Select(method => $"{method} {route.RoutePattern.RawText!.Replace("{**id}", "scripted", StringComparison.Ordinal)}"));

        Assert.Equal(Routes.Order(), routes.Order());
    }

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task Only_a_key_for_models_opens(string route, string caller, HttpStatusCode status)
    {
        world.App.Model.Hold = false;
        var (token, header, query) = await CredentialsAsync(caller);
        var content = route.StartsWith("POST", StringComparison.Ordinal)
            ? new StringContent(Bodies.With("\"stream\":false"), System.Text.Encoding.UTF8, "application/json")
            : null;

        var answer = await world.Client.SendAsync(
            new HttpMethod(route.Split(' ')[0]), route.Split(' ')[1] + query, content, token, header is null ? [] : [header.Value]);

        Assert.Equal(status, answer.Status);
        if (status is HttpStatusCode.OK)
        {
            return;
        }

        var error = answer.Body.GetProperty("error");
        Assert.Equal("invalid_request_error", error.GetProperty("type").GetString());
        Assert.Equal(status is HttpStatusCode.Unauthorized ? "invalid_api_key" : "missing_scope", error.GetProperty("code").GetString());
        Assert.Equal(status is HttpStatusCode.Unauthorized ? "Bearer" : null, answer.Header("WWW-Authenticate"));
        Assert.Equal(System.Text.Json.JsonValueKind.Null, error.GetProperty("param").ValueKind);
    }

    [Fact]
    public async Task Key_that_ends_is_refused_at_once()
    {
        var key = await world.Client.PostAsync("/api/auth/keys", new { name = "for a moment", scopes = ModelsScope }, world.Ada.Token);
        Assert.Equal(HttpStatusCode.OK, (await world.Client.GetAsync("/v1/models", key.Token)).Status);

        await world.Client.SendAsync(HttpMethod.Delete, $"/api/auth/keys/{key.Body.GetProperty("key").GetProperty("id")}", null, world.Ada.Token);

        Assert.Equal(HttpStatusCode.Unauthorized, (await world.Client.GetAsync("/v1/models", key.Token)).Status);
    }

    private async Task<(string? Token, (string Name, string Value)? Header, string Query)> CredentialsAsync(string caller)
    {
        switch (caller)
        {
            case "session":
                return (world.Ada.Token, null, "");
            case "cookie" or "models and a cookie":
                var signedIn = await world.Client.SignInAsync(world.Ada.UserName);
                return (caller == "cookie" ? null : world.ModelsKey, ("Cookie", signedIn.Cookie("hubchat")), "");
            case "key in a cookie":
                return (null, ("Cookie", $"hubchat={world.ModelsKey}"), "");
            case "key in the address":
                return (null, null, $"?access_token={world.ModelsKey}");
            case "unknown key":
                return (world.ModelsKey[..^2] + "zz", null, "");
            case "ended key":
                var bob = await world.App.SignUpAsync($"bob-{Guid.NewGuid():N}"[..20], Token);
                var ended = await world.NewKeyAsync(bob, "models");
                await world.Client.PostAsync("/api/auth/password", new { currentPassword = TestUser.Password, newPassword = "another-password" }, bob.Token);
                return (ended, null, "");
            case "key of another scheme":
                return (null, ("Authorization", $"Basic {world.ModelsKey}"), "");
            case "chat":
                return (await world.NewKeyAsync(world.Ada, "chat"), null, "");
            case "models":
                return (world.ModelsKey, null, "");
            case "both":
                return (world.BothKey, null, "");
            default:
                return (null, null, "");
        }
    }
}
