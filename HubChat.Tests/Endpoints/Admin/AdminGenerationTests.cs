using System.Net;
using System.Text;
using System.Text.Json;
using HubChat.Server.Usage;
using HubChat.Tests.App;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace HubChat.Tests.Endpoints.Admin;

public sealed class AdminGenerationTests : IAsyncLifetime
{
    private readonly AdminWorld _world = new();
    private TestUser _bob = null!;
    private TestConnection _bobs = null!;
    private string _chat = "";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _world.InitializeAsync();
        _world.App.Model.Hold = true;
        _bob = await _world.NewUserAsync();
        _bobs = await _bob.ConnectAsync(Token);
        _chat = await _bobs.CreateChatAsync(Token);
        await _bobs.CallAsync("UpdateChatSettings", Token, new { chatId = _chat, whoMayStop = "asker" });
        await _bobs.WatchAsync(_chat, Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _bobs.DisposeAsync();
        await _world.DisposeAsync();
    }

    [Fact]
    public async Task Running_reply_of_a_chat_that_is_not_the_administrators_is_killed()
    {
        var (id, turn) = await AskAsync();
        turn.Say("So far");
        var before = await _world.LastSeqAsync();

        var killed = await _world.PostAsync($"generations/{id}/kill");

        Assert.Equal((HttpStatusCode.OK, "stopping"), (killed.Status, Text(killed.Body, "state")));
        await turn.Cancelled.WaitAsync(Token);
        var completed = await _bobs.NextEventAsync("generation.completed", Token);
        var message = completed.GetProperty("message");
        Assert.Equal(("stopped", _world.Admin.Id, _world.Admin.Id), (Text(message, "state"), Text(message, "stoppedBy"), Text(completed, "actorId")));
        var entry = Assert.Single(await _world.EntriesAsync(before));
        Assert.Equal(
            ("generation.killed", AdminWorld.IdOf(_world.Admin), Guid.Parse(id), null), (entry.Action, entry.ActorId, entry.SubjectId, entry.Detail));

        Assert.Equal("stopped", Text((await _world.PostAsync($"generations/{id}/kill")).Body, "state"));
        Assert.Single(await _world.EntriesAsync(before));
        await using var admins = await _world.Admin.ConnectAsync(Token);
        Assert.Equal("not_found", await admins.RefusedAsync("GetMessages", Token, new { chatId = _chat }));
        Assert.Equal("not_found", await admins.RefusedAsync("StopGeneration", Token, id));
    }

    [Fact]
    public async Task Waiting_reply_is_killed_at_once()
    {
        var (_, turn) = await AskAsync();
        var waiting = Text(await _bobs.PostAsync(_chat, "@assistant two", "c-2", Token), "generationId");

        var killed = await _world.PostAsync($"generations/{waiting}/kill");

        Assert.Equal((HttpStatusCode.OK, "stopped"), (killed.Status, Text(killed.Body, "state")));
        Assert.Equal(_world.Admin.Id, Text((await _bobs.NextEventAsync("generation.completed", Token)).GetProperty("message"), "stoppedBy"));
        turn.Say("the first goes on");
        turn.Finish();
        Assert.Equal("done", Text((await _bobs.NextEventAsync("generation.completed", Token)).GetProperty("message"), "state"));
    }

    [Fact]
    public async Task Reply_that_has_ended_stays_as_it_is()
    {
        var (id, turn) = await AskAsync();
        turn.Say("all of it");
        turn.Finish();
        await _bobs.NextEventAsync("generation.completed", Token);
        var before = await _world.LastSeqAsync();

        Assert.Equal("done", Text((await _world.PostAsync($"generations/{id}/kill")).Body, "state"));

        Assert.Empty(await _world.EntriesAsync(before));
        Assert.Equal("all of it", Text((await _bobs.MessagesAsync(_chat, Token))[^1], "text"));
    }

    [Fact]
    public async Task Who_stopped_first_is_named()
    {
        _world.App.Model.IgnoresCancellation = true;
        var (id, turn) = await AskAsync();
        await _bobs.CallAsync("StopGeneration", Token, id);

        await _world.PostAsync($"generations/{id}/kill");

        turn.Finish();
        Assert.Equal(_bob.Id, Text((await _bobs.NextEventAsync("generation.completed", Token)).GetProperty("message"), "stoppedBy"));
    }

    [Fact]
    public async Task Live_replies_are_listed_without_what_is_said()
    {
        var (id, turn) = await AskAsync();
        turn.Say("a secret answer");
        var waiting = Text(await _bobs.PostAsync(_chat, "@assistant a secret question", "c-2", Token), "generationId");
        var before = await _world.LastSeqAsync();

        var answer = await _world.GetAsync("generations");

        Assert.Equal("generations.listed", Assert.Single(await _world.EntriesAsync(before)).Action);
        var live = answer.Body.GetProperty("generations").EnumerateArray().ToList();
        Assert.Equal([(waiting, "queued"), (id, "running")], live.Select(generation => (Text(generation, "id"), Text(generation, "state"))));
        Assert.Equal(
            ["id", "chatId", "askerId", "asker", "model", "state", "createdAt", "startedAt", "attempt"],
            live[1].EnumerateObject().Select(member => member.Name));
        Assert.Equal(
            (_chat, _bob.Id, _bob.UserName, HubChatApp.ModelName, 1),
            (Text(live[1], "chatId"), Text(live[1], "askerId"), Text(live[1], "asker"), Text(live[1], "model"), live[1].GetProperty("attempt").GetInt32()));
        Assert.DoesNotContain("secret", answer.Body.ToString(), StringComparison.Ordinal);

        turn.Finish();
        (await _world.App.Model.NextTurnAsync(Token)).Finish();
        await Eventually.HoldsAsync(async () => (await _world.GetAsync("generations")).Body.GetProperty("generations").GetArrayLength() == 0, Token);
    }

    [Fact]
    public async Task Call_outside_chats_is_listed_and_killed()
    {
        var key = await _world.Client.NewKeyAsync(_bob, "models");
        using var body = new StringContent("""{ "model": "scripted", "messages": [ { "role": "user", "content": "Hello" } ] }""", Encoding.UTF8, "application/json");
        var calling = _world.Client.SendAsync(HttpMethod.Post, "/v1/chat/completions", body, key);
        var turn = await _world.App.Model.NextTurnAsync(Token);
        turn.Say("So far");
        var live = Assert.Single((await _world.GetAsync("generations")).Body.GetProperty("generations").EnumerateArray());
        Assert.Equal((_bob.UserName, HubChatApp.ModelName, "running"), (Text(live, "asker"), Text(live, "model"), Text(live, "state")));
        Assert.False(live.TryGetProperty("chatId", out _));
        var before = await _world.LastSeqAsync();

        var killed = await _world.PostAsync($"generations/{Text(live, "id")}/kill");

        Assert.Equal("stopping", Text(killed.Body, "state"));
        await turn.Cancelled.WaitAsync(Token);
        var answer = await calling;
        Assert.Equal((HttpStatusCode.Forbidden, "call_ended"), (answer.Status, Text(answer.Body.GetProperty("error"), "code")));
        Assert.Equal("generation.killed", Assert.Single(await _world.EntriesAsync(before)).Action);
        await Eventually.HoldsAsync(async () => await _world.App.ReadAsync(db => db.Ledger.AnyAsync(Token)), Token);
        Assert.Equal((CallKind.Completion, "stopped"), await _world.App.ReadAsync(async db => (await db.Ledger.SingleAsync(Token)) is var entry ? (entry.Kind, entry.State) : default));
        Assert.Equal("not_found", (await _world.PostAsync($"generations/{Text(live, "id")}/kill")).Code);
    }

    private async Task<(string Id, ScriptedTurn Turn)> AskAsync()
    {
        var asked = await _bobs.PostAsync(_chat, "@assistant one", "c-1", Token);
        return (Text(asked, "generationId"), await _world.App.Model.NextTurnAsync(Token));
    }

    private static string Text(JsonElement element, string member) => element.GetProperty(member).GetString()!;
}
