using System.Net;
using System.Text.Json;
using HubChat.Tests.App;
using Xunit;

namespace HubChat.Tests.Endpoints.Auth;

public sealed class AnswerShapeTests(AuthWorld world) : IClassFixture<AuthWorld>
{
    private static readonly string[] Members = ["type", "title", "status", "detail", "code", "requestId"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<int> Statuses => [200, 204, 400, 401, 403, 404, 405, 413, 415];

    [Theory]
    [MemberData(nameof(Statuses))]
    public async Task Every_kind_of_answer_protects_browsers(int status)
    {
        var answer = await AnswerWithAsync(status);

        Assert.Equal(status, (int)answer.Status);
        Assert.Contains("default-src 'none'", answer.Header("Content-Security-Policy"), StringComparison.Ordinal);
        Assert.Contains("connect-src 'self';", answer.Header("Content-Security-Policy"), StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", answer.Header("Content-Security-Policy"), StringComparison.Ordinal);
        Assert.Equal("nosniff", answer.Header("X-Content-Type-Options"));
        Assert.Equal("no-referrer", answer.Header("Referrer-Policy"));
        Assert.Equal("same-origin", answer.Header("Cross-Origin-Opener-Policy"));
        Assert.NotNull(answer.Header("X-Request-Id"));
        Assert.Null(answer.Header("Server"));
    }

    [Theory]
    [InlineData("text/event-stream")]
    [InlineData("text/html")]
    public async Task Refusal_has_its_shape_whatever_the_client_would_like(string accept)
    {
        var wrong = await world.Client.SignInAsync("nobody", headers: ("Accept", accept));
        var foreign = await world.Client.PostAsync(
            "/hubs/chat/negotiate", null, null, ("Accept", accept), ("Origin", "https://evil.example"));

        Assert.Equal((HttpStatusCode.Unauthorized, "wrong_credentials"), (wrong.Status, wrong.Code));
        Assert.Equal((HttpStatusCode.Forbidden, "origin_not_allowed"), (foreign.Status, foreign.Code));
    }

    [Theory]
    [MemberData(nameof(Statuses))]
    public async Task Refusal_is_a_problem_with_a_code_and_an_id_to_report(int status)
    {
        if (status < 400)
        {
            return;
        }

        var answer = await AnswerWithAsync(status);

        Assert.Equal("application/problem+json", answer.Header("Content-Type")!.Split(';')[0]);
        Assert.Empty(answer.Body.EnumerateObject().Select(member => member.Name).Except(Members));
        Assert.Equal("about:blank", answer.Body.GetProperty("type").GetString());
        Assert.Equal(status, answer.Body.GetProperty("status").GetInt32());
        Assert.Matches("^[a-z_]+$", answer.Code);
        Assert.Matches(@"^[A-Z].*\.$", answer.Body.GetProperty("detail").GetString());
        Assert.Equal(answer.Header("X-Request-Id"), answer.Body.GetProperty("requestId").GetString());
    }

    [Fact]
    public async Task Token_of_a_hub_connection_is_in_no_line_of_the_log()
    {
        var ada = await world.NewUserAsync();
        await using (var connection = await ada.ConnectAsync(Token))
        {
            await connection.CreateChatAsync(Token);
        }

        using var http = new HttpClient { BaseAddress = world.App.Address };
        using var negotiation = await http.PostAsync($"/hubs/chat/negotiate?negotiateVersion=1&access_token={ada.Token}", null, Token);
        negotiation.EnsureSuccessStatusCode();
        using var refused = await http.GetAsync($"/api/auth/me?access_token={ada.Token}", Token);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        await world.Client.GetAsync("/nowhere", ada.Token);

        // The first segment of the token is enough to recognise it by, were it cut short.
        Assert.NotEmpty(world.App.Log.All);
        Assert.DoesNotContain(world.App.Log.All, line => line.Contains(ada.Token[..16], StringComparison.Ordinal));
        Assert.DoesNotContain(world.App.Log.All, line => line.Contains(TestUser.Password, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Line_breaks_and_terminal_codes_of_a_path_do_not_reach_the_log()
    {
        await world.Client.GetAsync("/a%0D%0Aforged%1B[31m");

        Assert.DoesNotContain(world.App.Log.All, line => line.StartsWith("forged", StringComparison.Ordinal) || line.Contains('\u001b'));
    }

    [Fact]
    public async Task Limits_are_for_administrators()
    {
        var ada = await world.NewUserAsync();

        var answer = await world.Client.GetAsync("/limits", ada.Token);

        Assert.Equal((HttpStatusCode.NotFound, "not_found"), (answer.Status, answer.Code));
        Assert.Equal(HttpStatusCode.Unauthorized, (await world.Client.GetAsync("/limits")).Status);
    }

    private async Task<Answer> AnswerWithAsync(int status)
    {
        var ada = await world.NewUserAsync();
        return status switch
        {
            200 => await world.Client.GetAsync("/healthz"),
            204 => await world.Client.PostAsync("/api/auth/logout", null, ada.Token),
            400 => await world.Client.PostTextAsync("/api/auth/login", "{"),
            401 => await world.Client.GetAsync("/api/auth/me"),
            403 => await world.Client.PostAsync("/api/auth/login", JsonSerializer.SerializeToElement(1), null, ("Origin", "https://evil.example")),
            404 => await world.Client.GetAsync("/nowhere", ada.Token),
            405 => await world.Client.GetAsync("/api/auth/login", ada.Token),
            413 => await world.Client.PostTextAsync("/api/auth/login", new string(' ', 1_100_000)),
            _ => await world.Client.PostTextAsync("/api/auth/login", "a", "text/plain"),
        };
    }
}
