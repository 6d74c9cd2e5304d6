using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using HubChat.Tests.App;
using HubChat.Tests.Endpoints.Auth;
using Xunit;

namespace HubChat.Tests.Endpoints.Sse;

/// <summary>Too much is 429 in this door's words, says when to come again, and leaves no trace.</summary>
public sealed class LimitTests
{
    [Fact]
    public async Task Too_many_calls_from_one_address()
    {
        await using var world = new LimitedWorld(
            ("RateLimits:Enabled", "true"), ("RateLimits:ApiBurst", "10"), ("RateLimits:ApiRequestsPerSecond", "1"));
        await world.InitializeAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => world.GetAsync(SseWorld.List)));

        var limited = answers.Where(answer => (int)answer.Status == 429).ToList();
        Assert.NotEmpty(limited);
        Assert.All(limited, AssertLimited);
    }

    [Fact]
    public async Task Too_many_questions_of_one_person()
    {
        await using var world = new LimitedWorld(("Usage:User:RequestsPerMinute", "2"));
        await world.InitializeAsync();
        var conversation = SseWorld.ConversationOf(await world.AskAsync("One"));
        await world.AskAsync("Two", conversation);
        var before = await Stored.InAsync(world.App);

        AssertLimited(await world.PostAsync(SseWorld.Converse, SseWorld.Question("Three", conversation)));
        AssertLimited(await world.PostAsync(SseWorld.Converse, SseWorld.Question("Three")));

        Assert.Equal(before, await Stored.InAsync(world.App));
        await world.AskAsync("Bob's own", user: world.Bob);
    }

    [Fact]
    public async Task Too_many_titles_of_one_person()
    {
        await using var world = new LimitedWorld(("Usage:User:RequestsPerMinute", "3"));
        await world.InitializeAsync();
        var question = SseWorld.Question("Hello");
        question["metadata"] = new JsonObject { ["model"] = HubChatApp.TitledModelName };
        await using var stream = await world.OpenAsync(SseWorld.Converse, question);
        var path = $"/backend-api/conversation/gen_title/{SseWorld.ConversationOf(await stream.RestAsync(TestContext.Current.CancellationToken))}";

        Assert.Equal("A title", (await world.PostAsync(path, new JsonObject())).Body.GetProperty("title").GetString());
        Assert.Equal("A title", (await world.PostAsync(path, new JsonObject())).Body.GetProperty("title").GetString());
        AssertLimited(await world.PostAsync(path, new JsonObject()));
    }

    [Fact]
    public async Task Request_that_is_sent_many_times_at_once_counts_once()
    {
        await using var world = new LimitedWorld(("Usage:User:RequestsPerMinute", "2"));
        await world.InitializeAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(
            _ => world.PostAsync(SseWorld.Converse, SseWorld.Question("One"), null, ("Idempotency-Key", "k"))));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        await world.AskAsync("Two");
        AssertLimited(await world.PostAsync(SseWorld.Converse, SseWorld.Question("Three")));
    }

    private static void AssertLimited(Answer answer)
    {
        Assert.Equal((429, "rate_limited", null), SseWorld.RefusalOf(answer));

        // A window of a minute forgets what is in it up to a sixtieth late.
        Assert.InRange(int.Parse(answer.Header("Retry-After")!, CultureInfo.InvariantCulture), 1, 61);
    }

    private sealed class LimitedWorld(params (string Name, string Value)[] settings)
        : SseWorld(settings.ToDictionary(setting => setting.Name, setting => setting.Value));
}
