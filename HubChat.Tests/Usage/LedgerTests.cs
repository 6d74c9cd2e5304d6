using HubChat.Server.Models;
using HubChat.Server.Usage;
using HubChat.Tests.App;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.AI;
using Xunit;

namespace HubChat.Tests.Usage;

public sealed class LedgerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_reply_has_its_entry_however_it_ended()
    {
        await using var app = new HubChatApp();
        app.Model.Hold = true;
        var ada = await app.SignUpAsync("ada", Token);
        await using var hub = await ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token);
        await hub.WatchAsync(chat, Token);

        await AskAsync(app, hub, chat, "done", turn =>
        {
            turn.Send(new ChatResponseUpdate(ChatRole.Assistant, "Hi") { AdditionalProperties = new() { [HubChat.Server.Models.Upstreams.UpstreamRequestId.Key] = "req-1" } });
            turn.Send(new ChatResponseUpdate { Contents = [new UsageContent(new UsageDetails { InputTokenCount = 9, OutputTokenCount = 2 })] });
            turn.Finish();
        });
        await AskAsync(app, hub, chat, "failed", turn => turn.Fail(new InvalidOperationException()));
        var waiting = await hub.PostAsync(chat, "Running", "stopped", Token);
        var running = await app.Model.NextTurnAsync(Token);
        running.Say("One two three");
        await hub.NextAsync(Token, "delta");
        var queued = await hub.PostAsync(chat, "Queued", "never", Token);
        await hub.CallAsync("StopGeneration", Token, queued.GetProperty("generationId").GetString());
        await hub.NextEventAsync("generation.completed", Token);
        await hub.CallAsync("StopGeneration", Token, waiting.GetProperty("generationId").GetString());
        await hub.NextEventAsync("generation.completed", Token);

        var entries = await app.ReadAsync(db => db.Ledger.OrderBy(entry => entry.AskedAt).ToListAsync(Token));
        Assert.Equal(["done", "failed", "stopped", "stopped"], entries.Select(entry => entry.State));
        Assert.All(entries, entry => Assert.Equal((ada.Id, chat, "scripted", CallKind.Reply), (entry.AskerId.ToString(), entry.ChatId.ToString(), entry.Model, entry.Kind)));
        Assert.Equal((9, 2, false, "req-1"), (entries[0].InputTokens, entries[0].OutputTokens, entries[0].IsEstimate, entries[0].UpstreamRequestId));
        Assert.NotNull(entries[0].FirstTokenMs);
        Assert.Equal(("model_error", true), (entries[1].ErrorCode, entries[1].IsEstimate));
        Assert.True(entries[2] is { IsEstimate: true, InputTokens: > 0, OutputTokens: > 0, Attempt: 1 });
        Assert.True(entries[3] is { InputTokens: 0, OutputTokens: 0, Attempt: 0, FirstTokenMs: null, DurationMs: 0 });
    }

    [Fact]
    public async Task Titles_are_entered_too()
    {
        await using var app = new HubChatApp(new Dictionary<string, string> { ["Assistant:DefaultModel"] = HubChatApp.TitledModelName });
        var ada = await app.SignUpAsync("ada", Token);
        await using var hub = await ada.ConnectAsync(Token);
        await hub.PostAsync(await hub.CreateChatAsync(Token), "Hello", "c-1", Token);

        await Eventually.HoldsAsync(async () => await app.ReadAsync(db => db.Ledger.CountAsync(Token)) == 2, Token);

        Assert.Equal([CallKind.Reply, CallKind.Title], (await app.ReadAsync(db => db.Ledger.ToListAsync(Token))).Select(entry => entry.Kind).Order());
    }

    [Theory]
    [InlineData(0.15, 0.60, 1_000, 1_000, 750_000)]
    [InlineData(0.001, 0, 1, 0, 1)]
    [InlineData(0, 0, 1_000_000, 1_000_000, 0)]
    [InlineData(15, 75, 1_000_000, 1_000_000, 90_000_000_000)]
    [InlineData(1.6, 1.6, long.MaxValue, long.MaxValue, long.MaxValue)]
    public void Price_of_a_million_tokens_is_the_cost_of_each(decimal input, decimal output, long read, long written, long nanos) =>
        Assert.Equal(nanos, new ModelPrice(input, output).CostOf(read, written));

    [Fact]
    public async Task Entries_outlive_the_chat_and_the_account()
    {
        await using var app = new HubChatApp();
        var ada = await app.SignUpAsync("ada", Token);
        await using var hub = await ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token);
        await hub.WatchAsync(chat, Token);
        await hub.PostAsync(chat, "Hello", "c-1", Token);
        await hub.NextEventAsync("generation.completed", Token);
        using var http = ada.Http();
        using var request = new HttpRequestMessage(HttpMethod.Delete, "/api/auth/me") { Content = System.Net.Http.Json.JsonContent.Create(new { password = TestUser.Password }) };
        using var response = await http.SendAsync(request, Token);
        response.EnsureSuccessStatusCode();

        Assert.Equal(0, await app.ReadAsync(db => db.Chats.CountAsync(Token)));
        Assert.Equal(1, await app.ReadAsync(db => db.Ledger.CountAsync(Token)));
    }

    private static async Task AskAsync(HubChatApp app, TestConnection hub, string chat, string id, Action<ScriptedTurn> play)
    {
        await hub.PostAsync(chat, "Hello", id, Token);
        play(await app.Model.NextTurnAsync(Token));
        await hub.NextEventAsync("generation.completed", Token);
    }
}
