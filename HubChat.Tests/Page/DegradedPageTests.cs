using HubChat.Tests.Redis;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace HubChat.Tests.Page;

/// <summary>Somebody in front of the page of a server that has to do without Redis for a while.</summary>
public sealed class DegradedPageTests(Chromium chromium) : IClassFixture<Chromium>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Page_says_that_the_server_does_without_Redis_goes_on_and_says_when_it_is_back()
    {
        await using var redis = await RedisServer.StartAsync(Token);
        await using var server = await ServerProcess.StartAsync(
            new Dictionary<string, string>
            {
                ["ConnectionStrings__Redis"] = redis.Connection,
                ["Realtime__TailCheckInterval"] = "00:00:00.500",
                ["Assistant__DemoWordsPerSecond"] = "60",
            },
            Token);
        await using var ada = await Visitor.SignedUpAsync(chromium, server.Address, "ada");
        await ada.CreateChatAsync();
        await Expect(ada.By("connection-state")).ToHaveAttributeAsync("data-state", "live");

        await redis.KillAsync(Token);

        await Expect(ada.By("connection-state")).ToHaveAttributeAsync("data-state", "degraded", new() { Timeout = 60_000 });
        await Expect(ada.By("connection-state")).ToHaveTextAsync("Degraded");
        await Expect(ada.By("connection-state")).ToHaveAttributeAsync("title", "What others write may come a few seconds late.");
        await ada.SendAsync("Still here?");
        Assert.NotEmpty(await ada.ReadToTheEndAsync());
        await ada.ScreenshotAsync("degraded");

        await redis.RestartAsync(Token);

        await Expect(ada.By("connection-state")).ToHaveAttributeAsync("data-state", "live", new() { Timeout = 60_000 });
        await Expect(ada.By("connection-state")).Not.ToHaveAttributeAsync("title", "What others write may come a few seconds late.");
        await ada.AssertNothingWentWrongAsync();
    }
}
