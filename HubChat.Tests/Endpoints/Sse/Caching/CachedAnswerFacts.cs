using System.Text;
using System.Text.Json.Nodes;
using HubChat.Server.Endpoints.Sse.Caching;
using HubChat.Server.Ids;
using HubChat.Tests.App;
using HubChat.Tests.Endpoints.Auth;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace HubChat.Tests.Endpoints.Sse.Caching;

/// <summary>
/// What <c>X-Cache</c> says, and that no write through any door leaves an old answer behind (docs/protocol/sse.md §11), whatever the cache is.
/// </summary>
public abstract class CachedAnswerFacts(SseWorld world)
{
    // By what is done; the second says whether the messages are other ones then.
    private static readonly Dictionary<string, (Func<SseWorld, TestConnection, string, Task> DoAsync, bool ChangesMessages)> Writes = new()
    {
        ["message at the hub"] = ((_, hub, chat) => hub.PostAsync(chat, "More", "c-9", Token), true),
        ["edited at the hub"] = (async (_, hub, chat) => await hub.CallAsync(
            "EditMessage", Token, new { chatId = chat, messageId = await IdAsync(hub, chat, 0), text = "Edited", clientMessageId = "c-9" }), true),
        ["deleted at the hub"] = (async (_, hub, chat) => await hub.CallAsync(
            "DeleteMessage", Token, new { chatId = chat, messageId = await IdAsync(hub, chat, 1) }), true),
        ["made anew at the hub"] = (async (_, hub, chat) => await hub.CallAsync(
            "Regenerate", Token, new { chatId = chat, messageId = await IdAsync(hub, chat, 1) }), true),
        ["asked here"] = ((world, _, chat) => world.AskAsync("More", chat), true),
        ["renamed at the hub"] = ((_, hub, chat) => hub.CallAsync("RenameChat", Token, new { chatId = chat, title = "Renamed" }), false),
        ["renamed here"] = ((world, _, chat) => PatchAsync(world, chat, """{"title":"Renamed"}"""), false),
        ["title made here"] = (async (world, _, chat) =>
        {
            // Not the one that its first answer made.
            world.App.Model.Title = _ => "Another title";
            await world.PostAsync($"/backend-api/conversation/gen_title/{chat}", new JsonObject());
        }, false),
        ["archived at the hub"] = ((_, hub, chat) => hub.CallAsync("SetChatFlags", Token, new { chatId = chat, archived = true }), false),
        ["archived here"] = ((world, _, chat) => PatchAsync(world, chat, """{"is_archived":true}"""), false),
        ["deleted here"] = ((world, _, chat) => world.Client.SendAsync(HttpMethod.Delete, PathOf(chat), null, world.Ada.Token), true),
        ["left by somebody"] = ((world, hub, chat) => hub.CallAsync("RemoveParticipant", Token, new { chatId = chat, userId = world.Bob.Id }), false),
    };

    public static TheoryData<string> Names => [.. Writes.Keys];

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected SseWorld World => world;

    [Fact]
    public async Task Second_answer_comes_from_the_cache_and_is_the_same()
    {
        var chat = SseWorld.ConversationOf(await world.AskAsync("Hello"));
        await world.Client.SendAsync(HttpMethod.Patch, PathOf(chat), Json("""{"title":"Fresh"}"""), world.Ada.Token);
        foreach (var path in new[] { PathOf(chat), SseWorld.List, SseWorld.List + "?limit=1&order=created", SseWorld.List + "?offset=1" })
        {
            var (first, second) = (await world.GetAsync(path), await world.GetAsync(path));

            Assert.Equal(("MISS", "HIT"), (first.Header("X-Cache"), second.Header("X-Cache")));
            Assert.Equal(first.Body.GetRawText(), second.Body.GetRawText());
            Assert.Equal(first.Header("Content-Type"), second.Header("Content-Type"));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task No_write_leaves_an_old_answer_behind(string write)
    {
        await using var hub = await world.Ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token, world.Bob);
        await hub.CallAsync("UpdateChatSettings", Token, new { chatId = chat, model = HubChatApp.TitledModelName });
        await world.AskAsync("Hello", chat);

        // Its title comes a moment later, and is a write too.
        await Eventually.HoldsAsync(async () => (await hub.CallAsync("GetChat", Token, chat)).GetProperty("titleSource").GetString() == "model", Token);
        (string Path, TestUser User)[] reads = [(PathOf(chat), world.Ada), (PathOf(chat), world.Bob), (SseWorld.List, world.Ada), (SseWorld.List, world.Bob)];
        foreach (var (path, user) in reads)
        {
            await world.GetAsync(path, user);
            Assert.Equal("HIT", (await world.GetAsync(path, user)).Header("X-Cache"));
        }

        await Writes[write].DoAsync(world, hub, chat);

        Assert.NotEqual("HIT", (await world.GetAsync(SseWorld.List)).Header("X-Cache"));
        if (Writes[write].ChangesMessages)
        {
            Assert.NotEqual("HIT", (await world.GetAsync(PathOf(chat))).Header("X-Cache"));
        }

        await Eventually.HoldsAsync(
            async () => (await world.GetAsync($"{PathOf(chat)}/stream_status")) is { Body: var body } && !body.GetRawText().Contains("STREAMING", StringComparison.Ordinal), Token);
        foreach (var (path, user) in reads)
        {
            var answer = await world.GetAsync(path, user);
            await ForgetAsync(chat);

            Assert.Equal((await world.GetAsync(path, user)).Body.GetRawText(), answer.Body.GetRawText());
        }
    }

    [Fact]
    public async Task History_is_not_kept_while_a_reply_is_being_written()
    {
        var (turn, stream) = await world.BeginAsync(SseWorld.Question("Hello"));
        await using var reading = stream;
        turn.Say("Half");
        var seen = await reading.UntilAsync('p', Token);
        var path = PathOf(SseWorld.ConversationOf(seen));
        for (var times = 0; times < 3; times++)
        {
            Assert.Equal("MISS", (await world.GetAsync(path)).Header("X-Cache"));
        }

        turn.Finish();
        await reading.UntilAsync('F', Token);

        Assert.Equal("MISS", (await world.GetAsync(path)).Header("X-Cache"));
        var kept = await world.GetAsync(path);
        Assert.Equal("HIT", kept.Header("X-Cache"));
        Assert.Equal("Half", kept.Body.GetProperty("messages")[1].GetProperty("content").GetProperty("parts")[0].GetString());
        await reading.RestAsync(Token);
    }

    [Fact]
    public async Task Who_may_not_read_is_refused_before_the_cache_is_looked_at()
    {
        await using var hub = await world.Ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token, world.Bob);
        await world.AskAsync("Hello", chat);
        await world.GetAsync(PathOf(chat), world.Bob);
        Assert.Equal("HIT", (await world.GetAsync(PathOf(chat), world.Bob)).Header("X-Cache"));
        Assert.Equal(404, (int)(await world.GetAsync(PathOf(chat), await EveAsync())).Status);

        await hub.CallAsync("RemoveParticipant", Token, new { chatId = chat, userId = world.Bob.Id });

        Assert.Equal(404, (int)(await world.GetAsync(PathOf(chat), world.Bob)).Status);
        Assert.DoesNotContain(chat, (await world.GetAsync(SseWorld.List, world.Bob)).Body.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Neither_errors_nor_empty_lists_are_kept()
    {
        var nobody = await world.App.SignUpAsync($"n-{Guid.NewGuid():N}"[..20], Token);
        for (var times = 0; times < 2; times++)
        {
            Assert.Equal("MISS", (await world.GetAsync(SseWorld.List, nobody)).Header("X-Cache"));
            var refused = await world.GetAsync(PathOf(Guid.NewGuid().ToString()), nobody);
            Assert.Equal((404, false), ((int)refused.Status, refused.Header("X-Cache") is not null));
        }

        var chat = SseWorld.ConversationOf(await world.AskAsync("Hello", user: nobody));
        Assert.Contains(chat, (await world.GetAsync(SseWorld.List, nobody)).Body.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Readers_and_writers_at_once_leave_the_newest_answer()
    {
        var chat = SseWorld.ConversationOf(await world.AskAsync("Hello"));
        for (var round = 0; round < 20; round++)
        {
            var title = $"Title {round}";
            var reading = Enumerable.Range(0, 4).Select(_ => world.GetAsync(SseWorld.List)).ToList();
            await PatchAsync(world, chat, $$"""{"title":"{{title}}"}""");
            await Task.WhenAll(reading);

            Assert.Contains(title, (await world.GetAsync(SseWorld.List)).Body.GetRawText(), StringComparison.Ordinal);
        }
    }

    private protected static string PathOf(string chat) => $"/backend-api/conversation/{chat}";

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    private static Task<Answer> PatchAsync(SseWorld world, string chat, string body) =>
        world.Client.SendAsync(HttpMethod.Patch, PathOf(chat), Json(body), world.Ada.Token);

    private static async Task<string?> IdAsync(TestConnection hub, string chat, int number) =>
        (await hub.MessagesAsync(chat, Token))[number].GetProperty("id").GetString();

    private async Task<TestUser> EveAsync() => await world.App.SignUpAsync($"e-{Guid.NewGuid():N}"[..20], Token);

    /// <summary>Throws away what is kept.</summary>
    private Task ForgetAsync(string chat) => world.App.Services.GetRequiredService<IConversationCache>().InvalidateAsync(
        new ChatId(Guid.Parse(chat)), [.. new[] { world.Ada, world.Bob }.Select(user => new UserId(Guid.Parse(user.Id)))]);
}
