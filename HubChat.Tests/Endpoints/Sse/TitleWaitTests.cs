using System.Text.Json.Nodes;
using HubChat.Tests.App;
using Xunit;

namespace HubChat.Tests.Endpoints.Sse;

/// <summary>Who waits for a title, on a clock that stands still: whoever waits too long waits for ever.</summary>
public sealed class TitleWaitTests(SseClockWorld world) : IClassFixture<SseClockWorld>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nobody_waits_for_a_title_that_is_not_told_here()
    {
        await using var hub = await world.Ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token);
        var isDue = new TaskCompletionSource();
        world.App.Model.TitleIsDue = isDue.Task;
        var question = SseWorld.Question("Hello", chat);
        question["metadata"] = new JsonObject { ["model"] = HubChatApp.TitledModelName };
        await using var stream = await world.OpenAsync(SseWorld.Converse, question);

        // To the end, while the model still thinks about the title.
        var frames = await stream.RestAsync(Token).WaitAsync(TimeSpan.FromSeconds(60), Token);
        isDue.SetResult();

        Assert.Matches("^ETIAMp+FCD$", SseWorld.KindsOf(frames));
        await Eventually.HoldsAsync(async () => (await hub.CallAsync("GetChat", Token, chat)).GetProperty("title").GetString() == "A title", Token);
    }
}
