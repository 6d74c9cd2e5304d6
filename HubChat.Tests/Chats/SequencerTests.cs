using System.Text.Json;
using HubChat.Server.Diagnostics;
using HubChat.Tests.App;
using HubChat.Tests.Postgres;
using Microsoft.AspNetCore.SignalR;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace HubChat.Tests.Chats;

/// <summary>
/// Every operation that writes, failed at every failpoint: afterwards the log has no hole and no double, a repeated send is one
/// message, and a watcher ends with exactly the stored events.
/// </summary>
public sealed class SequencerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_operation_survives_a_failure_at_every_failpoint(bool onPostgres)
    {
        var settings = new Dictionary<string, string> { ["Realtime:TailCheckInterval"] = "00:00:00.300" };
        if (onPostgres)
        {
            settings["ConnectionStrings:HubChat"] = await SharedPostgres.CreateDatabaseAsync();
        }

        await using var app = new HubChatApp(settings);
        var ada = await app.SignUpAsync("ada", Token);
        var bob = await app.SignUpAsync("bob", Token);
        var eve = await app.SignUpAsync("eve", Token);
        await using var hub = await ada.ConnectAsync(Token);
        await using var watching = await bob.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token, bob);
        var seen = new List<long> { (await watching.WatchAsync(chat, Token)).GetProperty("position").GetProperty("seq").GetInt64() };
        Failpoint[] points = [Failpoint.BeforeCommit, Failpoint.AfterCommitBeforeAcknowledge, Failpoint.AfterAcknowledgeBeforePublish];
        var message = (await hub.PostAsync(chat, "first", "first", Token)).GetProperty("messageId").GetString();

        var operations = new Dictionary<string, Func<string, Task<JsonElement>>>
        {
            ["post"] = key => hub.PostAsync(chat, $"text {key}", key, Token),
            ["edit"] = key => hub.CallAsync("EditMessage", Token, new { chatId = chat, messageId = message, text = $"edit {key}", clientMessageId = key }),
            ["delete"] = async key =>
            {
                var posted = await hub.PostAsync(chat, "to delete", $"pre-{key}", Token);
                return await hub.CallAsync("DeleteMessage", Token, new { chatId = chat, messageId = posted.GetProperty("messageId").GetString() });
            },
            ["rename"] = key => hub.CallAsync("RenameChat", Token, new { chatId = chat, title = $"Title {key}" }),
            ["settings"] = _ => hub.CallAsync("UpdateChatSettings", Token, new { chatId = chat, whoMayStop = "everyone" }),
            ["add"] = _ => hub.CallAsync("AddParticipant", Token, new { chatId = chat, username = eve.UserName }),
            ["role"] = key => hub.CallAsync("ChangeRole", Token, new { chatId = chat, userId = eve.Id, role = "reader" }),
            ["remove"] = _ => hub.CallAsync("RemoveParticipant", Token, new { chatId = chat, userId = eve.Id }),
            ["read"] = _ => hub.CallAsync("MarkRead", Token, chat, 10_000),
        };

        foreach (var point in points)
        {
            foreach (var (name, operation) in operations)
            {
                app.Failpoints.Arm(point);
                var key = $"{name}-{point}";
                await Assert.ThrowsAnyAsync<HubException>(() => operation(key));
                Assert.False(app.Failpoints.IsArmed(point));

                // Whatever became of the first call, the same call again succeeds or finds its work done.
                await RetryAsync(operation, key);
            }
        }

        var events = await app.ReadAsync(db => db.Events.Where(stored => stored.ChatId == new Server.Ids.ChatId(Guid.Parse(chat))).Select(stored => stored.Seq).OrderBy(seq => seq).ToListAsync(Token));
        Assert.Equal(Enumerable.Range(1, events.Count).Select(number => (long)number), events);

        var texts = (await hub.MessagesAsync(chat, Token)).Select(stored => stored.GetProperty("text").GetString()!).ToList();
        foreach (var point in points)
        {
            Assert.Single(texts, $"text post-{point}");
            Assert.Single(texts, $"edit edit-{point}");
        }

        while (seen[^1] < events.Count)
        {
            var update = await watching.NextAsync(Token, "event", "resync");
            if (update.GetProperty("kind").GetString() == "event")
            {
                seen.Add(update.GetProperty("event").GetProperty("seq").GetInt64());
                Assert.Equal(seen[^2] + 1, seen[^1]);
            }
            else
            {
                seen.Add(update.GetProperty("watch").GetProperty("position").GetProperty("seq").GetInt64());
            }
        }
    }

    [Fact]
    public async Task Delta_that_was_appended_but_not_announced_reaches_every_watcher()
    {
        await using var app = new HubChatApp();
        app.Model.Hold = true;
        var ada = await app.SignUpAsync("ada", Token);
        await using var hub = await ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token);
        await hub.WatchAsync(chat, Token);
        await hub.PostAsync(chat, "Hello", "c-1", Token);
        var turn = await app.Model.NextTurnAsync(Token);
        turn.Say("lost ");
        await hub.NextAsync(Token, "delta");

        app.Failpoints.Arm(Failpoint.AfterAppendBeforePublish);
        turn.Say("not announced");
        await hub.NextEventAsync("generation.completed", Token);

        var stored = (await hub.MessagesAsync(chat, Token))[^1];
        Assert.Equal("interrupted", stored.GetProperty("state").GetString());
        Assert.Equal("lost not announced", stored.GetProperty("text").GetString());
    }

    private static async Task RetryAsync(Func<string, Task<JsonElement>> operation, string key)
    {
        try
        {
            await operation(key);
        }
        catch (HubException refusal)
        {
            // The first call did its work; only its answer was lost.
            Assert.Equal("not_found", TestConnection.CodeOf(refusal));
            Assert.StartsWith("remove", key, StringComparison.Ordinal);
        }
    }
}
