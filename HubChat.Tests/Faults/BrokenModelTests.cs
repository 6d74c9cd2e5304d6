using System.Text.Json;
using HubChat.Tests.App;
using Microsoft.Extensions.AI;
using Xunit;

namespace HubChat.Tests.Faults;

/// <summary>F26, F27, F30 and F31 at the hub: however a model breaks, its text stays, the reason is told, and the next reply has its turn.</summary>
public sealed class BrokenModelTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Model_that_fails_before_its_first_text_makes_a_failed_reply() =>
        AssertBroken(await EndOfAsync(turn => turn.Fail(new InvalidOperationException("key sk-123 is wrong"))), "failed", "model_error", "");

    [Fact]
    public async Task Model_that_fails_in_the_middle_leaves_what_it_said() =>
        AssertBroken(
            await EndOfAsync(turn =>
            {
                turn.Say("So far so g");
                turn.Fail(new HttpRequestException("reset"));
            }),
            "interrupted",
            "model_error",
            "So far so g");

    [Fact]
    public async Task Model_that_never_begins_runs_out_of_time() =>
        AssertBroken(await EndOfAsync(_ => { }, ("FirstTokenTimeout", "00:00:02")), "failed", "first_token_timeout", "");

    [Fact]
    public async Task Model_that_falls_silent_leaves_what_it_said() =>
        AssertBroken(await EndOfAsync(turn => turn.Say("Well,"), ("TokenTimeout", "00:00:02")), "interrupted", "stalled", "Well,");

    [Fact]
    public async Task Model_that_takes_too_long_altogether_is_cut_off() =>
        AssertBroken(await EndOfAsync(turn => turn.Say("Well,"), ("TotalTimeout", "00:00:02")), "interrupted", "time_limit", "Well,");

    [Fact]
    public async Task Model_that_says_nothing_makes_a_failed_reply() =>
        AssertBroken(await EndOfAsync(turn => turn.Finish()), "failed", "empty_reply", "");

    [Fact]
    public async Task Model_whose_filter_stops_it_says_so_and_leaves_what_it_said() =>
        AssertBroken(
            await EndOfAsync(turn =>
            {
                turn.Say("Once upon");
                turn.Finish(ChatFinishReason.ContentFilter);
            }),
            "interrupted",
            "content_filter",
            "Once upon");

    [Fact]
    public async Task Endless_answer_is_cut_at_the_greatest_length()
    {
        var end = await EndOfAsync(turn => turn.Say(new string('a', 300_000)));

        Assert.Equal("done", end.GetProperty("state").GetString());
        Assert.Equal("length", end.GetProperty("finishReason").GetString());
        Assert.Equal(256 * 1024, end.GetProperty("text").GetString()!.Length);
    }

    [Fact]
    public async Task Endless_answer_is_never_cut_inside_a_character()
    {
        var end = await EndOfAsync(turn => turn.Say("a" + string.Concat(Enumerable.Repeat("😀", 150_000))));

        Assert.Equal((256 * 1024) - 1, end.GetProperty("text").GetString()!.Length);
        Assert.EndsWith("😀", end.GetProperty("text").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Model_that_ignores_cancellation_is_left_behind()
    {
        await using var app = new HubChatApp();
        app.Model.Hold = app.Model.IgnoresCancellation = true;
        await using var hub = await (await app.SignUpAsync("ada", Token)).ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token);
        await hub.WatchAsync(chat, Token);
        var asked = await hub.PostAsync(chat, "Talk", "c-1", Token);
        var stubborn = await app.Model.NextTurnAsync(Token);
        stubborn.Say("I will never");
        await hub.NextAsync(Token, "delta");

        await hub.CallAsync("StopGeneration", Token, asked.GetProperty("generationId").GetString());
        var end = await EndedAsync(hub, chat, 1);
        Assert.Equal(("stopped", "I will never"), (end.GetProperty("state").GetString(), end.GetProperty("text").GetString()));
        await stubborn.Cancelled.WaitAsync(Token);
        stubborn.Say(" stop");
        await AnswerNextAsync(app, hub, chat);
        stubborn.Finish();

        Assert.Equal("I will never", (await hub.MessagesAsync(chat, Token))[1].GetProperty("text").GetString());
    }

    /// <summary>How a reply ended that waited before another one, which must have its turn then.</summary>
    private static async Task<JsonElement> EndOfAsync(Action<ScriptedTurn> play, params (string Name, string Value)[] settings)
    {
        await using var app = new HubChatApp(settings.ToDictionary(setting => $"Generation:{setting.Name}", setting => setting.Value));
        app.Model.Hold = true;
        await using var hub = await (await app.SignUpAsync("ada", Token)).ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token);
        await hub.PostAsync(chat, "First", "c-1", Token);
        play(await app.Model.NextTurnAsync(Token));
        var end = await EndedAsync(hub, chat, 1);

        await AnswerNextAsync(app, hub, chat);
        return end;
    }

    private static async Task AnswerNextAsync(HubChatApp app, TestConnection hub, string chat)
    {
        await hub.PostAsync(chat, "Next", "next", Token);
        var turn = await app.Model.NextTurnAsync(Token);
        turn.Say("Here.");
        turn.Finish();
        var end = await EndedAsync(hub, chat, 3);
        Assert.Equal("Here.", end.GetProperty("text").GetString());
    }

    /// <summary>The chat's message at this place, once it has ended.</summary>
    private static async Task<JsonElement> EndedAsync(TestConnection hub, string chat, int place)
    {
        JsonElement reply = default;
        await Eventually.HoldsAsync(
            async () =>
            {
                reply = (await hub.MessagesAsync(chat, Token))[place];
                return reply.GetProperty("state").GetString() is not ("queued" or "running");
            },
            Token,
            TimeSpan.FromSeconds(60));
        return reply;
    }

    private static void AssertBroken(JsonElement end, string state, string code, string text)
    {
        Assert.Equal((state, text), (end.GetProperty("state").GetString(), end.GetProperty("text").GetString()));
        Assert.Equal(code, end.GetProperty("error").GetProperty("code").GetString());
        Assert.DoesNotContain("sk-123", end.GetRawText(), StringComparison.Ordinal);
    }
}
