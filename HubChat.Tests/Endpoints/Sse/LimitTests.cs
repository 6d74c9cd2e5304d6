using System.Globalization;
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

    private static void AssertLimited(Answer answer)
    {
        Assert.Equal((429, "rate_limited", null), SseWorld.RefusalOf(answer));

        // A window of a minute forgets what is in it up to a sixtieth late.
        Assert.InRange(int.Parse(answer.Header("Retry-After")!, CultureInfo.InvariantCulture), 1, 61);
    }

    private sealed class LimitedWorld(params (string Name, string Value)[] settings)
        : SseWorld(settings.ToDictionary(setting => setting.Name, setting => setting.Value));
}
