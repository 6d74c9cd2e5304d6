using System.Text.Json;
using HubChat.Server.Ids;
using HubChat.Server.Usage;
using HubChat.Tests.App;
using Microsoft.AspNetCore.SignalR;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace HubChat.Tests.Usage;

public sealed class UsageLimitTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_many_questions_at_once_exactly_the_limit_is_answered()
    {
        await using var app = App(("User:RequestsPerMinute", "7"));
        var ada = await app.SignUpAsync("ada", Token);
        var hubs = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => ada.ConnectAsync(Token)));
        var chats = await Task.WhenAll(hubs.Select(hub => hub.CreateChatAsync(Token)));

        var codes = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => OutcomeAsync(hubs[i % 4], chats[i / 10], $"c-{i}")));

        Assert.Equal(7, codes.Count(code => code is null));
        Assert.All(codes.OfType<string>(), code => Assert.Equal("quota_exceeded", code));
        Assert.Equal(7, await app.ReadAsync(db => db.Generations.CountAsync(Token)));
        Assert.Equal(14, await app.ReadAsync(db => db.Messages.CountAsync(Token)));
    }

    [Fact]
    public async Task Refusal_says_when_the_next_is_allowed_and_changes_nothing()
    {
        await using var app = App(("User:RequestsPerDay", "1"));
        var ada = await app.SignUpAsync("ada", Token);
        await using var hub = await ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token);
        await hub.PostAsync(chat, "One", "c-1", Token);

        var refusal = await Assert.ThrowsAsync<HubException>(() => hub.PostAsync(chat, "Two", "c-2", Token));

        Assert.Matches(@"quota_exceeded: You may ask 1 times in 24 hours\. The next is possible in 2[45] h, at \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\.", refusal.Message);
        Assert.DoesNotContain(await hub.MessagesAsync(chat, Token), message => message.GetProperty("text").GetString() == "Two");

        // What was sent before is answered as before, and what asks nobody is no question.
        Assert.True((await hub.PostAsync(chat, "One", "c-1", Token)).GetProperty("duplicate").GetBoolean());
        await hub.CallAsync("UpdateChatSettings", Token, new { chatId = chat, assistant = "off" });
        await hub.PostAsync(chat, "Two", "c-2", Token);
    }

    [Fact]
    public async Task A_chat_has_a_limit_for_all_who_ask_in_it()
    {
        await using var app = App(("Chat:RequestsPerMinute", "3"));
        var (ada, bob) = (await app.SignUpAsync("ada", Token), await app.SignUpAsync("bob", Token));
        await using var adasHub = await ada.ConnectAsync(Token);
        await using var bobsHub = await bob.ConnectAsync(Token);
        var chat = await adasHub.CreateChatAsync(Token, bob);
        await adasHub.CallAsync("UpdateChatSettings", Token, new { chatId = chat, assistant = "always" });

        var codes = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => OutcomeAsync(i % 2 == 0 ? adasHub : bobsHub, chat, $"c-{i}")));

        Assert.Equal(3, codes.Count(code => code is null));
        Assert.Null(await OutcomeAsync(bobsHub, await bobsHub.CreateChatAsync(Token), "elsewhere"));
    }

    [Fact]
    public async Task Reply_that_would_need_more_tokens_than_are_left_fails_before_the_model_is_called()
    {
        await using var app = App(("User:TokensPerDay", "300"), ("User:MaxOutputTokens", "100"));
        app.Model.Hold = true;
        var ada = await app.SignUpAsync("ada", Token);
        await using var hub = await ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token);
        await hub.WatchAsync(chat, Token);
        await hub.PostAsync(chat, "Hello", "c-1", Token);
        var turn = await app.Model.NextTurnAsync(Token);
        Assert.Equal(100, turn.Options!.MaxOutputTokens);
        turn.Say("Hi");
        turn.Send(Usage(input: 150, output: 90));
        turn.Finish();
        await hub.NextEventAsync("generation.completed", Token);

        await hub.PostAsync(chat, new string('x', 300), "c-2", Token);

        var failed = (await hub.NextEventAsync("generation.completed", Token)).GetProperty("message");
        Assert.Equal("failed", failed.GetProperty("state").GetString());
        var error = failed.GetProperty("error");
        Assert.Equal("quota_exceeded", error.GetProperty("code").GetString());
        Assert.InRange(error.GetProperty("retryAt").GetDateTimeOffset() - DateTimeOffset.UtcNow, TimeSpan.FromHours(23), TimeSpan.FromHours(25));
        var done = await LastDoneAsync(hub, failed.GetProperty("generationId").GetString()!);
        Assert.Equal(error.GetRawText(), done.GetProperty("error").GetRawText());
    }

    [Fact]
    public async Task Answer_gets_the_tokens_that_are_left()
    {
        await using var app = App(("User:TokensPerMinute", "400"));
        app.Model.Hold = true;
        var ada = await app.SignUpAsync("ada", Token);
        await using var hub = await ada.ConnectAsync(Token);
        await hub.PostAsync(await hub.CreateChatAsync(Token), "Hello", "c-1", Token);

        var turn = await app.Model.NextTurnAsync(Token);

        var input = HubChat.Server.Models.TokenEstimate.Of(turn.Prompt);
        Assert.Equal(400 - input, (long)turn.Options!.MaxOutputTokens!);
    }

    [Fact]
    public async Task Tokens_set_aside_and_not_used_are_given_back()
    {
        await using var app = App(("User:TokensPerDay", "100000"));
        var ada = await app.SignUpAsync("ada", Token);
        await using var hub = await ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token);
        await hub.WatchAsync(chat, Token);
        app.Model.Hold = true;
        await hub.PostAsync(chat, "Hello", "c-1", Token);
        var turn = await app.Model.NextTurnAsync(Token);
        Assert.InRange(await UsedAsync(app, ada), 1_024, 2_000);
        turn.Say("Hi");
        turn.Send(Usage(input: 12, output: 3));
        turn.Finish();
        await hub.NextEventAsync("generation.completed", Token);

        Assert.Equal(15, await UsedAsync(app, ada));
    }

    [Fact]
    public async Task Replies_over_what_may_run_at_once_wait_for_their_turn()
    {
        await using var app = App(("User:Running", "1"));
        app.Model.Hold = true;
        var ada = await app.SignUpAsync("ada", Token);
        await using var hub = await ada.ConnectAsync(Token);
        await hub.PostAsync(await hub.CreateChatAsync(Token), "First", "c-1", Token);
        var first = await app.Model.NextTurnAsync(Token);
        var chat = await hub.CreateChatAsync(Token);
        await hub.PostAsync(chat, "Second", "c-2", Token);
        await using var bobs = await (await app.SignUpAsync("bob", Token)).ConnectAsync(Token);
        await bobs.PostAsync(await bobs.CreateChatAsync(Token), "Third", "c-3", Token);

        Assert.Equal("Third", (await app.Model.NextTurnAsync(Token)).Prompt[^1].Text);
        Assert.Equal("queued", (await hub.MessagesAsync(chat, Token))[1].GetProperty("state").GetString());
        first.Say("One");
        first.Finish();
        Assert.Equal("Second", (await app.Model.NextTurnAsync(Token)).Prompt[^1].Text);
    }

    [Fact]
    public async Task A_restart_does_not_give_a_new_allowance()
    {
        await using var app = App(("User:TokensPerDay", "100000"), ("User:RequestsPerMinute", "10"));
        var ada = await app.SignUpAsync("ada", Token);
        await using var hub = await ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token);
        await hub.WatchAsync(chat, Token);
        for (var i = 0; i < 3; i++)
        {
            await hub.PostAsync(chat, "Hello", $"c-{i}", Token);
            await hub.NextEventAsync("generation.completed", Token);
        }

        var subject = new UsageSubject(new UserId(Guid.Parse(ada.Id)), Key: null, Chat: null);
        var limits = app.Services.GetRequiredService<UsageLimits>();
        var fresh = new UsageLimits(new MemoryUsageCounters(TimeProvider.System), app.Services.GetRequiredService<IOptions<UsageOptions>>());
        await new UsageRestore(app.Services.GetRequiredService<ILedger>(), fresh, TimeProvider.System).StartAsync(Token);

        Assert.Equal(await limits.ReadAsync(subject, Token), await fresh.ReadAsync(subject, Token));
        Assert.Contains(await fresh.ReadAsync(subject, Token), level => level is { Meter: UsageMeter.Requests, Used: 3, Limit: 10 });
    }

    private static HubChatApp App(params (string Name, string Value)[] limits) =>
        new(limits.ToDictionary(limit => $"Usage:{limit.Name}", limit => limit.Value));

    private static ChatResponseUpdate Usage(long input, long output) =>
        new() { Contents = [new UsageContent(new UsageDetails { InputTokenCount = input, OutputTokenCount = output })] };

    private static async Task<long> UsedAsync(HubChatApp app, TestUser user)
    {
        var subject = new UsageSubject(new UserId(Guid.Parse(user.Id)), Key: null, Chat: null);
        var levels = await app.Services.GetRequiredService<UsageLimits>().ReadAsync(subject, Token);
        return levels.Single(level => level.Meter is UsageMeter.Tokens && level.Window == TimeSpan.FromDays(1)).Used;
    }

    private static async Task<JsonElement> LastDoneAsync(TestConnection hub, string generationId)
    {
        JsonElement last = default;
        await foreach (var delta in hub.StreamAsync("StreamReply", Token, generationId, 0, 0))
        {
            last = delta;
        }

        return last;
    }

    private static async Task<string?> OutcomeAsync(TestConnection hub, string chat, string clientMessageId)
    {
        try
        {
            await hub.PostAsync(chat, "Hello", clientMessageId, Token);
            return null;
        }
        catch (HubException refusal)
        {
            return TestConnection.CodeOf(refusal);
        }
    }
}
