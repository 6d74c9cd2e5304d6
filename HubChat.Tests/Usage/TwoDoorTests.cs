using System.Net;
using System.Text.Json;
using HubChat.Tests.App;
using HubChat.Tests.Endpoints.Auth;
using Microsoft.AspNetCore.SignalR;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace HubChat.Tests.Usage;

/// <summary>A limit counts at all doors together, and each person has one of the own.</summary>
public sealed class TwoDoorTests
{
    private const string Request = """{ "model": "scripted", "max_tokens": 50, "messages": [ { "role": "user", "content": "Hello" } ] }""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_people_hit_their_limits_from_two_doors_at_once_and_neither_goes_over()
    {
        await using var app = new HubChatApp(new Dictionary<string, string> { ["Usage:User:RequestsPerMinute"] = "9", ["Usage:User:Running"] = "0" });
        using var client = new AuthClient(app);
        var people = new[] { await app.SignUpAsync("ada", Token), await app.SignUpAsync("bob", Token) };

        var accepted = await Task.WhenAll(people.Select(async person =>
        {
            await using var hub = await person.ConnectAsync(Token);
            var key = await client.NewKeyAsync(person, "models");
            var chats = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => hub.CreateChatAsync(Token)));
            var asked = chats.Select(async (chat, i) => await IsTakenAsync(hub, chat, $"c-{i}"));
            var called = Enumerable.Range(0, 20).Select(async _ => (await CallAsync(client, key)).Status is HttpStatusCode.OK);
            return (await Task.WhenAll(asked.Concat(called))).Count(taken => taken);
        }));

        Assert.Equal([9, 9], accepted);
        await Eventually.HoldsAsync(async () => await app.ReadAsync(db => db.Ledger.CountAsync(Token)) == 18, Token);
        Assert.Equal(18, await app.ReadAsync(db => db.Ledger.CountAsync(Token)));
    }

    [Fact]
    public async Task Tokens_of_both_doors_never_pass_the_limit_together()
    {
        const long Limit = 2_000;
        await using var app = new HubChatApp(new Dictionary<string, string> { ["Usage:User:TokensPerDay"] = $"{Limit}", ["Usage:User:MaxOutputTokens"] = "200" });
        using var client = new AuthClient(app);
        app.Model.Answer = _ => string.Join(' ', Enumerable.Repeat("word", 150));
        var ada = await app.SignUpAsync("ada", Token);
        await using var hub = await ada.ConnectAsync(Token);
        var key = await client.NewKeyAsync(ada, "models");

        for (var round = 0; round < 8; round++)
        {
            var chat = await hub.CreateChatAsync(Token);
            await Task.WhenAll(
                IsTakenAsync(hub, chat, $"c-{round}"),
                CallAsync(client, key),
                CallAsync(client, key),
                CallAsync(client, key));
            await Eventually.HoldsAsync(
                async () => !await app.ReadAsync(db => db.Generations.AnyAsync(generation => generation.EndedAt == null, Token)), Token);
        }

        Assert.InRange(await app.ReadAsync(db => db.Ledger.SumAsync(entry => entry.InputTokens + entry.OutputTokens, Token)), Limit / 2, Limit);
    }

    [Fact]
    public async Task Refusal_at_the_endpoint_is_OpenAIs_and_says_when()
    {
        await using var app = new HubChatApp(new Dictionary<string, string> { ["Usage:Key:RequestsPerMinute"] = "1", ["Usage:User:RequestsPerDay"] = "2" });
        using var client = new AuthClient(app);
        var ada = await app.SignUpAsync("ada", Token);
        var (key, other) = (await client.NewKeyAsync(ada, "models"), await client.NewKeyAsync(ada, "models"));
        Assert.Equal(HttpStatusCode.OK, (await CallAsync(client, key)).Status);

        var minute = await CallAsync(client, key);
        Assert.Equal((HttpStatusCode.TooManyRequests, "rate_limit_exceeded"), (minute.Status, ErrorOf(minute, "code")));
        Assert.Contains("This API key may ask 1 times in a minute", ErrorOf(minute, "message"), StringComparison.Ordinal);
        Assert.InRange(int.Parse(minute.Header("Retry-After")!, null), 1, 62);

        Assert.Equal(HttpStatusCode.OK, (await CallAsync(client, other)).Status);
        var day = await CallAsync(client, await client.NewKeyAsync(ada, "models"));
        Assert.Equal((HttpStatusCode.TooManyRequests, "insufficient_quota"), (day.Status, ErrorOf(day, "code")));
        Assert.InRange(int.Parse(day.Header("Retry-After")!, null), 23 * 3_600, 25 * 3_600);
        Assert.Equal(2, await app.ReadAsync(db => db.Ledger.CountAsync(Token)));
    }

    [Fact]
    public async Task Answers_at_once_are_limited_and_given_back()
    {
        await using var app = new HubChatApp(new Dictionary<string, string> { ["Usage:Key:Running"] = "1" });
        using var client = new AuthClient(app);
        app.Model.Hold = true;
        var ada = await app.SignUpAsync("ada", Token);
        var key = await client.NewKeyAsync(ada, "models");
        var first = CallAsync(client, key);
        var turn = await app.Model.NextTurnAsync(Token);

        var refused = await CallAsync(client, key);
        Assert.Equal((HttpStatusCode.TooManyRequests, "1"), (refused.Status, refused.Header("Retry-After")));
        turn.Say("Hi");
        turn.Finish();
        Assert.Equal(HttpStatusCode.OK, (await first).Status);
        var second = CallAsync(client, key);
        turn = await app.Model.NextTurnAsync(Token);
        turn.Say("Hi");
        turn.Finish();
        Assert.Equal(HttpStatusCode.OK, (await second).Status);
    }

    [Fact]
    public async Task Conversation_that_is_too_long_is_refused_before_the_model_is_called()
    {
        await using var app = new HubChatApp(new Dictionary<string, string> { ["Usage:Key:MaxContextTokens"] = "300" });
        using var client = new AuthClient(app);
        var key = await client.NewKeyAsync(await app.SignUpAsync("ada", Token), "models");
        var body = JsonSerializer.Serialize(new { model = "scripted", messages = new[] { new { role = "user", content = new string('x', 1_000) } } });

        var refused = await client.SendAsync(HttpMethod.Post, "/v1/chat/completions", new StringContent(body, System.Text.Encoding.UTF8, "application/json"), key);

        Assert.Equal((HttpStatusCode.BadRequest, "context_length_exceeded"), (refused.Status, ErrorOf(refused, "code")));
        Assert.Equal(0, await app.ReadAsync(db => db.Ledger.CountAsync(Token)));
    }

    private static string ErrorOf(Answer answer, string member) => answer.Body.GetProperty("error").GetProperty(member).GetString()!;

    private static Task<Answer> CallAsync(AuthClient client, string key) =>
        client.SendAsync(HttpMethod.Post, "/v1/chat/completions", new StringContent(Request, System.Text.Encoding.UTF8, "application/json"), key);

    private static async Task<bool> IsTakenAsync(TestConnection hub, string chat, string clientMessageId)
    {
        try
        {
            await hub.PostAsync(chat, "Hello", clientMessageId, Token);
            return true;
        }
        catch (HubException)
        {
            return false;
        }
    }
}
