using HubChat.Server.Chats.Watching;
using HubChat.Server.Endpoints.Hubs;
using HubChat.Server.Ids;
using HubChat.Tests.App;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace HubChat.Tests.Faults;

/// <summary>F33, F35 and F36: readers that vanish, stop, or are too slow.</summary>
[Collection(nameof(Alone))]
public sealed class SlowReaderTests
{
    private const int OutboxBytes = 256 * 1024;

    // What the flood leaves behind in this process, database cache and test included; it is far below what was sent.
    private const long FlatMemory = 64 * 1024 * 1024;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Client_that_vanishes_in_mid_stream_leaves_the_reply_going_and_nothing_of_itself()
    {
        await using var app = new HubChatApp();
        app.Model.Hold = true;
        var (ada, bob) = (await app.SignUpAsync("ada", Token), await app.SignUpAsync("bob", Token));
        await using var bobs = await bob.ConnectAsync(Token);
        var chat = await bobs.CreateChatAsync(Token, ada);
        await bobs.WatchAsync(chat, Token);
        using var vanishing = await RawHubClient.ConnectAsync(app.Address, ada.Token, Token);
        await vanishing.WatchAsync(chat, Token);
        var ask = new { chatId = chat, text = "Hold on", clientMessageId = "c-1" };
        await vanishing.SendAsync(new { type = 4, invocationId = "ask", target = "Ask", arguments = new[] { ask } }, Token);
        var turn = await app.Model.NextTurnAsync(Token);
        turn.Say("Half ");
        await bobs.NextAsync(Token, "delta");

        vanishing.Socket.Reset();
        await Eventually.HoldsAsync(() => app.Services.GetRequiredService<ChatConnections>().All.Count == 1, Token, TimeSpan.FromSeconds(60));
        Assert.True(app.Services.GetRequiredService<ChatFeed>().TryGetTopic(new ChatId(Guid.Parse(chat)), out var topic));
        Assert.Equal(bob.Id, Assert.Single(topic.Listeners, listener => listener.IsPresent).UserId.ToString());
        turn.Say("and whole");
        turn.Finish();

        Assert.Equal("done", (await bobs.NextAsync(Token, "done")).GetProperty("state").GetString());
        Assert.Equal("Half and whole", (await bobs.MessagesAsync(chat, Token))[^1].GetProperty("text").GetString());
        Assert.False(turn.Cancelled.IsCompleted);
    }

    [Fact]
    public async Task Reader_that_stops_is_closed_and_costs_neither_memory_nor_others()
    {
        await using var app = new HubChatApp(new Dictionary<string, string> { ["Realtime:StalledAfter"] = "00:00:03" });
        var (ada, chat, others) = await ChatAsync(app, "bob", "eve");
        using var reader = await RawHubClient.ConnectAsync(app.Address, others[0].Token, Token);
        using var stopped = await RawHubClient.ConnectAsync(app.Address, others[1].Token, Token, receiveBuffer: 4096);
        await stopped.WatchAsync(chat, Token);
        var last = new TaskCompletionSource<long>();
        var reading = new WatchReading();
        var read = reading.ToAsync(reader, chat, last.Task, Token);

        var before = GC.GetTotalMemory(forceFullCollection: true);
        last.SetResult(await FloodAsync(app, [ada], chat, messages: 450, length: 30_000));
        await read;

        await Eventually.HoldsAsync(() => app.Services.GetRequiredService<ChatConnections>().All.Count == 1, Token, TimeSpan.FromSeconds(60));
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, FlatMemory);
        Assert.Contains(app.Log.All, line => line.Contains("takes nothing and is closed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Reader_that_is_slow_is_told_what_it_missed_and_costs_neither_memory_nor_others()
    {
        await using var app = new HubChatApp();
        var (ada, chat, others) = await ChatAsync(app, "bob", "eve");
        using var fast = await RawHubClient.ConnectAsync(app.Address, others[0].Token, Token);
        using var slow = await RawHubClient.ConnectAsync(app.Address, others[1].Token, Token, receiveBuffer: 16 * 1024);
        slow.Socket.ReadBytesPerSecond = 300 * 1024;
        var last = new TaskCompletionSource<long>();
        var (fastReading, slowReading) = (new WatchReading(), new WatchReading());
        var fastRead = fastReading.ToAsync(fast, chat, last.Task, Token);
        var slowRead = slowReading.ToAsync(slow, chat, last.Task, Token);

        var before = GC.GetTotalMemory(forceFullCollection: true);
        last.SetResult(await FloodAsync(app, [ada, ada, ada, ada, ada, ada], chat, messages: 1_000, length: 2_000));
        await fastRead;
        Assert.False(slowRead.IsCompleted);
        await slowRead;

        Assert.True(slowReading.Resyncs > 0);
        Assert.Equal(await last.Task, slowReading.Seq);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, FlatMemory);
    }

    private static async Task<(TestUser Ada, string Chat, TestUser[] Others)> ChatAsync(HubChatApp app, params string[] names)
    {
        var ada = await app.SignUpAsync("ada", Token);
        var others = await Task.WhenAll(names.Select(name => app.SignUpAsync(name, Token)));
        await using var hub = await ada.ConnectAsync(Token);
        return (ada, await hub.CreateChatAsync(Token, others), others);
    }

    /// <summary>Each sender sends so many messages; no connection's outbox may ever hold more than its bound.</summary>
    /// <returns>The number of the newest event.</returns>
    private static async Task<long> FloodAsync(HubChatApp app, TestUser[] senders, string chat, int messages, int length)
    {
        var connections = app.Services.GetRequiredService<ChatConnections>();
        var text = new string('x', length);
        var seqs = await Task.WhenAll(senders.Select(async (user, sender) =>
        {
            await using var hub = await user.ConnectAsync(Token);
            var seq = 0L;
            for (var i = 0; i < messages; i++)
            {
                seq = (await hub.PostAsync(chat, text, $"{sender}-{i}", Token)).GetProperty("seq").GetInt64();
                Assert.All(connections.All, connection => Assert.InRange(connection.WaitingBytes, 0, OutboxBytes));
            }

            return seq;
        }));
        return seqs.Max();
    }
}
