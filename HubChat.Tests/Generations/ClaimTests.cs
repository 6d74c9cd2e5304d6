using HubChat.Server.Chats;
using HubChat.Tests.App;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace HubChat.Tests.Generations;

/// <summary>Replies that wait are begun several at a time.</summary>
public sealed class ClaimTests
{
    private const int Places = 3;
    private const int Chats = 12;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Never_more_are_written_at_once_than_there_are_places_for()
    {
        await using var app = new HubChatApp(new Dictionary<string, string> { ["Generation:MaxRunning"] = $"{Places}", ["Usage:User:Running"] = "0" });
        app.Model.Hold = true;
        var ada = await app.SignUpAsync("ada", Token);
        await using var hub = await ada.ConnectAsync(Token);
        for (var i = 0; i < Chats; i++)
        {
            await hub.PostAsync(await hub.CreateChatAsync(Token), "@assistant go", "c-1", Token);
        }

        // All places become free at once, while many wait.
        List<ScriptedTurn> held = [await app.Model.NextTurnAsync(Token), await app.Model.NextTurnAsync(Token), await app.Model.NextTurnAsync(Token)];
        app.Model.Hold = false;
        foreach (var turn in held)
        {
            turn.Say("Gone");
            turn.Finish();
        }

        List<Generation> replies = [];
        await Eventually.HoldsAsync(
            async () =>
            {
                replies = await app.ReadAsync(db => db.Generations.AsNoTracking().ToListAsync(Token));
                return replies.TrueForAll(reply => reply.State is ReplyState.Done);
            },
            Token);
        Assert.Equal(Chats, replies.Count);
        Assert.Equal(Places, replies.Max(reply => replies.Count(other => other.StartedAt <= reply.StartedAt && reply.StartedAt < other.EndedAt)));
    }
}
