using System.Text.Json;
using HubChat.Tests.App;
using Xunit;

namespace HubChat.Tests.Endpoints.Sse;

public sealed class SearchTests(SseWorld world) : IClassFixture<SseWorld>
{
    private const string Path = "/backend-api/conversations/search";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Values that are not one of the parameter's, and the parameter.</summary>
    public static TheoryData<string, string> Bad
    {
        get
        {
            var bad = new TheoryData<string, string>
            {
                { "", "query" },
                { "query", "query" },
                { "query=", "query" },
                { "query=%20%0A", "query" },
                { "query=%E2%80%8B", "query" },
                { "query=a%00", "query" },
                { $"query={new string('a', 201)}", "query" },
                { "query=a&query=a", "query" },
                { "q=a", "query" },
            };
            foreach (var value in new[] { "", "-1", "0", "51", "100", "+1", "1.0", "1e1", "%201", "a", "null", "4294967297", "99999999999999999999" })
            {
                bad.Add($"query=a&limit={value}", "limit");
            }

            bad.Add("query=a&limit=1&limit=1", "limit");
            foreach (var value in new[] { "", "0", "null", new string('A', 42), new string('A', 44), new string('_', 43), new string('A', 42) + "%20", new string('A', 42) + "%C3%A4" })
            {
                bad.Add($"query=a&cursor={value}", "cursor");
            }

            bad.Add($"query=a&cursor={new string('A', 43)}&cursor={new string('A', 43)}", "cursor");
            return bad;
        }
    }

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task Bad_value_is_refused(string query, string param) =>
        Assert.Equal((400, $"invalid_{param}", param), SseWorld.RefusalOf(await world.GetAsync($"{Path}?{query}")));

    [Fact]
    public async Task Item_says_what_was_found_and_where()
    {
        var dan = await NewUserAsync();
        var turn = await world.AskAsync("What is a hub?", id: "msg_1", user: dan);

        var page = (await world.GetAsync($"{Path}?query=hub%20what", dan)).Body;

        Assert.Equal(["items", "limit"], page.EnumerateObject().Select(member => member.Name));
        Assert.Equal(20, page.GetProperty("limit").GetInt32());
        var (reply, question) = (page.GetProperty("items")[0], page.GetProperty("items")[1]);
        Assert.Equal(
            ["conversation_id", "conversation_title", "message_id", "role", "metadata", "created_at", "snippet"], question.EnumerateObject().Select(member => member.Name));
        Assert.Equal(
            (SseWorld.ConversationOf(turn), "What is a hub?", "msg_1", "user", dan.UserName),
            (Text(question, "conversation_id"), Text(question, "conversation_title"), Text(question, "message_id"), Text(question, "role"),
                Text(question.GetProperty("metadata"), "author_name")));
        Assert.Equal(
            """{"text":"What is a hub?","highlights":[{"start":0,"length":4},{"start":10,"length":3}]}""", question.GetProperty("snippet").GetRawText());
        Assert.Equal((SseWorld.ReplyOf(turn), "assistant"), (Text(reply, "message_id"), Text(reply, "role")));
        Assert.False(reply.TryGetProperty("metadata", out _));
        var stored = await world.MessageAsync(SseWorld.ConversationOf(turn), "msg_1", dan);
        Assert.Equal(Text(stored, "created_at"), Text(question, "created_at"));
    }

    [Fact]
    public async Task Pages_follow_each_other_to_the_end()
    {
        var dan = await NewUserAsync();
        for (var number = 0; number < 4; number++)
        {
            await world.AskAsync($"lovage {number}", user: dan);
        }

        var whole = IdsOf((await world.GetAsync($"{Path}?query=lovage&limit=50", dan)).Body);
        var paged = new List<string>();
        var cursor = "";
        while (cursor is not null)
        {
            var page = (await world.GetAsync($"{Path}?query=lovage&limit=3{cursor}", dan)).Body;
            paged.AddRange(IdsOf(page));
            cursor = page.TryGetProperty("next_cursor", out var next) ? $"&cursor={next.GetString()}" : null;
        }

        Assert.Equal(8, whole.Count);
        Assert.Equal(whole, paged);
    }

    [Fact]
    public async Task Nothing_of_others_is_found_and_nothing_that_was_deleted()
    {
        var (dan, eve) = (await NewUserAsync(), await NewUserAsync());
        var turn = await world.AskAsync("tarragon", user: dan);

        Assert.Equal(2, IdsOf((await world.GetAsync($"{Path}?query=tarragon", dan)).Body).Count);
        Assert.Empty(IdsOf((await world.GetAsync($"{Path}?query=tarragon", eve)).Body));

        await world.Client.SendAsync(HttpMethod.Delete, $"/backend-api/conversation/{SseWorld.ConversationOf(turn)}", null, dan.Token);
        Assert.Empty(IdsOf((await world.GetAsync($"{Path}?query=tarragon", dan)).Body));
    }

    [Fact]
    public async Task Answer_is_not_kept()
    {
        var answer = await world.GetAsync($"{Path}?query=something");

        Assert.Equal("no-store", answer.Header("Cache-Control"));
        Assert.Null(answer.Header("X-Cache"));
    }

    private static IReadOnlyList<string> IdsOf(JsonElement page) => [.. page.GetProperty("items").EnumerateArray().Select(item => Text(item, "message_id"))];

    private Task<TestUser> NewUserAsync() => world.App.SignUpAsync($"dan-{Guid.NewGuid():N}"[..20], Token);

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}
