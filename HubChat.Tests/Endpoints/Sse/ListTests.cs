using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using HubChat.Tests.App;
using Xunit;

namespace HubChat.Tests.Endpoints.Sse;

public sealed class ListTests(SseClockWorld world) : IClassFixture<SseClockWorld>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Values that are not one of the parameter's, and the parameter.</summary>
    public static TheoryData<string, string> Bad
    {
        get
        {
            var bad = new TheoryData<string, string>();
            foreach (var name in new[] { "offset", "limit" })
            {
                foreach (var value in new[] { "", "-1", "+1", "%2B1", "-0", "1.0", "1.5", "1e3", "0x1", "1,000", "%201", "1%20", "%D9%A1", "a", "null", "true", "99999999999999999999" })
                {
                    bad.Add($"{name}={value}", name);
                }

                bad.Add(name, name);
                bad.Add($"{name}=1&{name}=1", name);
                bad.Add($"{name}=1&{name}=2", name);
                bad.Add($"{name}=1&{name}=", name);
                bad.Add($"{name}=1&{name.ToUpperInvariant()}=1", name);
            }

            foreach (var value in new[] { "0", "101", "1000", "2147483648", "4294967297" })
            {
                bad.Add($"limit={value}", "limit");
            }

            foreach (var value in new[] { "", "Updated", "UPDATED", "Created", "title", "updated,created", "%20updated", "0", "asc" })
            {
                bad.Add($"order={value}", "order");
            }

            bad.Add("order=updated&order=updated", "order");
            foreach (var value in new[] { "", "True", "FALSE", "0", "1", "yes", "null", "%20true" })
            {
                bad.Add($"is_archived={value}", "is_archived");
            }

            bad.Add("is_archived=true&is_archived=false", "is_archived");
            return bad;
        }
    }

    public static TheoryData<string, string> Previews => new()
    {
        { "Hello!", "Hello!" },
        { "  Hello \r\n\t there\u2028now\u00a0 ", "Hello there now" },
        { new string('a', 54), new string('a', 54) },
        { new string('a', 55), new string('a', 51) + "..." },
        { Times("😀", 54), Times("😀", 54) },
        { Times("😀", 55), Times("😀", 51) + "..." },
        { $"{new string('a', 51)} bcd", $"{new string('a', 51)}..." },
        { $"{new string('a', 50)} bcd", $"{new string('a', 50)} bcd" },
        { $"{new string('a', 50)} bcde", $"{new string('a', 50)}..." },
        { $"{new string('a', 52)} bcd", $"{new string('a', 51)}..." },
        { $"aaa {new string('b', 51)}", "aaa..." },
        { $"one two three four five six seven eight nine ten eleven twelve", "one two three four five six seven eight nine ten..." },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task Bad_value_is_refused(string query, string param) =>
        Assert.Equal((400, $"invalid_{param}", param), SseWorld.RefusalOf(await world.GetAsync($"{SseWorld.List}?{query}")));

    [Fact]
    public async Task Mistakes_are_told_one_by_one()
    {
        Assert.Equal("offset", SseWorld.RefusalOf(await world.GetAsync($"{SseWorld.List}?is_archived=x&order=x&limit=x&offset=x")).Param);
        Assert.Equal("limit", SseWorld.RefusalOf(await world.GetAsync($"{SseWorld.List}?is_archived=x&order=x&limit=x")).Param);
        Assert.Equal("order", SseWorld.RefusalOf(await world.GetAsync($"{SseWorld.List}?is_archived=x&order=x")).Param);
    }

    [Theory]
    [InlineData("")]
    [InlineData("?")]
    [InlineData("?offset=0&limit=20&order=updated&is_archived=false")]
    [InlineData("?something=else&page=2")]
    public async Task Without_parameters_the_first_twenty_are_listed(string query)
    {
        var dan = await NewUserAsync();
        await NewChatsAsync(dan, 21);

        var list = await ListAsync(dan, query);

        Assert.Equal(["items", "limit", "offset", "total"], list.EnumerateObject().Select(member => member.Name));
        Assert.Equal((20, 20, 0, 21), (IdsOf(list).Count, NumberOf(list, "limit"), NumberOf(list, "offset"), NumberOf(list, "total")));
    }

    [Fact]
    public async Task List_of_somebody_new_is_empty()
    {
        var list = await ListAsync(await NewUserAsync(), "");

        Assert.Empty(IdsOf(list));
        Assert.Equal(0, NumberOf(list, "total"));
    }

    [Fact]
    public async Task Item_says_what_it_is_called_and_what_was_said_last()
    {
        var dan = await NewUserAsync();
        var turn = await world.AskAsync("What is a hub?", user: dan);

        var item = (await ListAsync(dan, "")).GetProperty("items")[0];

        Assert.Equal(["id", "title", "last_message", "updated_at"], item.EnumerateObject().Select(member => member.Name));
        Assert.Equal(SseWorld.ConversationOf(turn), item.GetProperty("id").GetString());
        Assert.Equal("What is a hub?", item.GetProperty("title").GetString());
        Assert.Equal("You said: What is a hub?", item.GetProperty("last_message").GetString());
        AssertInstant(world.Time.GetUtcNow(), item.GetProperty("updated_at").GetString()!);
    }

    [Theory]
    [InlineData("updated")]
    [InlineData("created")]
    public async Task Pages_have_neither_holes_nor_doubles(string order)
    {
        var dan = await NewUserAsync();
        var chats = await NewChatsAsync(dan, 27, TimeSpan.FromSeconds(1));

        // So that the two orders differ.
        world.Time.Advance(TimeSpan.FromSeconds(1));
        await world.AskAsync("Again", chats[3], user: dan);
        List<string> expected = [.. chats.AsEnumerable().Reverse()];
        if (order == "updated")
        {
            expected.Remove(chats[3]);
            expected.Insert(0, chats[3]);
        }

        foreach (var limit in new[] { 1, 7, 26, 27, 28, 100 })
        {
            Assert.Equal(expected, await PagedAsync(dan, order, limit));
        }
    }

    [Theory]
    [InlineData("updated")]
    [InlineData("created")]
    public async Task Equal_instants_are_in_one_order_on_every_page(string order)
    {
        var dan = await NewUserAsync();
        var chats = await NewChatsAsync(dan, 26);
        var whole = IdsOf(await ListAsync(dan, $"?order={order}&limit=100"));

        Assert.Equal(chats.OrderDescending(StringComparer.Ordinal), whole);
        foreach (var limit in new[] { 1, 5, 25 })
        {
            Assert.Equal(whole, await PagedAsync(dan, order, limit));
        }
    }

    [Fact]
    public async Task Answer_moves_its_conversation_to_the_front_of_those_updated()
    {
        var dan = await NewUserAsync();
        var chats = await NewChatsAsync(dan, 3, TimeSpan.FromSeconds(1));
        world.Time.Advance(TimeSpan.FromSeconds(1));

        await world.AskAsync("Again", chats[0], user: dan);

        Assert.Equal([chats[0], chats[2], chats[1]], IdsOf(await ListAsync(dan, "")));
        Assert.Equal([chats[2], chats[1], chats[0]], IdsOf(await ListAsync(dan, "?order=created")));
    }

    [Theory]
    [InlineData("3", 0)]
    [InlineData("4", 0)]
    [InlineData("1000000", 0)]
    [InlineData("2147483647", 0)]
    [InlineData("2147483648", 0)]
    [InlineData("9223372036854775807", 0)]
    [InlineData("2", 1)]
    [InlineData("002", 1)]
    public async Task Offset_behind_the_end_gives_nothing(string offset, int count)
    {
        var dan = await NewUserAsync();
        await NewChatsAsync(dan, 3);

        var list = await ListAsync(dan, $"?offset={offset}");

        Assert.Equal(count, IdsOf(list).Count);
        Assert.Equal(3, NumberOf(list, "total"));
        Assert.Equal(long.Parse(offset, CultureInfo.InvariantCulture), list.GetProperty("offset").GetInt64());
    }

    [Fact]
    public async Task Limit_goes_from_one_to_a_hundred()
    {
        var dan = await NewUserAsync();
        await NewChatsAsync(dan, 3);

        Assert.Single(IdsOf(await ListAsync(dan, "?limit=1")));
        Assert.Equal(3, IdsOf(await ListAsync(dan, "?limit=100")).Count);
    }

    [Fact]
    public async Task Archived_conversations_are_in_a_list_of_their_own()
    {
        var dan = await NewUserAsync();
        var chats = await NewChatsAsync(dan, 3, TimeSpan.FromSeconds(1));
        await ArchiveAsync(chats[1], dan, true);

        var (open, archived) = (await ListAsync(dan, "?is_archived=false"), await ListAsync(dan, "?is_archived=true"));

        Assert.Equal([chats[2], chats[0]], IdsOf(open));
        Assert.Equal(2, NumberOf(open, "total"));
        Assert.Equal([chats[1]], IdsOf(archived));
        Assert.Equal(1, NumberOf(archived, "total"));

        await ArchiveAsync(chats[1], dan, false);
        Assert.Equal(3, IdsOf(await ListAsync(dan, "")).Count);
        Assert.Empty(IdsOf(await ListAsync(dan, "?is_archived=true")));
    }

    [Theory]
    [MemberData(nameof(Previews))]
    public async Task Newest_message_is_shown_on_one_line(string text, string preview)
    {
        var dan = await NewUserAsync();
        var (turn, stream) = await world.BeginAsync(SseWorld.Question("Say it"), dan);
        await using var reading = stream;
        turn.Say(text);
        turn.Finish();
        await reading.RestAsync(Token);

        Assert.Equal(preview, (await ListAsync(dan, "")).GetProperty("items")[0].GetProperty("last_message").GetString());
    }

    [Fact]
    public async Task Question_is_the_newest_message_until_something_is_answered()
    {
        var dan = await NewUserAsync();
        var (turn, stream) = await world.BeginAsync(SseWorld.Question("  Say\nit  "), dan);
        await using var reading = stream;

        Assert.Equal("Say it", (await ListAsync(dan, "")).GetProperty("items")[0].GetProperty("last_message").GetString());

        turn.Finish();
        await reading.RestAsync(Token);
    }

    [Fact]
    public async Task Conversations_of_the_hub_are_listed()
    {
        var dan = await NewUserAsync();
        await using var hub = await dan.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token);
        var item = (await ListAsync(dan, "")).GetProperty("items")[0];
        Assert.Equal((chat, "", ""), (item.GetProperty("id").GetString(), item.GetProperty("title").GetString(), item.GetProperty("last_message").GetString()));

        await hub.CallAsync("RenameChat", Token, new { chatId = chat, title = "From the hub" });
        await hub.CallAsync("UpdateChatSettings", Token, new { chatId = chat, assistant = "off" });
        await hub.PostAsync(chat, "Hello", "c-1", Token);

        item = (await ListAsync(dan, "")).GetProperty("items")[0];
        Assert.Equal(("From the hub", "Hello"), (item.GetProperty("title").GetString(), item.GetProperty("last_message").GetString()));
    }

    [Fact]
    public async Task Everybody_has_a_list_and_shares_what_is_shared()
    {
        var (dan, eve) = (await NewUserAsync(), await NewUserAsync());
        var dans = SseWorld.ConversationOf(await world.AskAsync("Mine", user: dan));
        var eves = SseWorld.ConversationOf(await world.AskAsync("Mine", user: eve));
        await using var hub = await dan.ConnectAsync(Token);
        world.Time.Advance(TimeSpan.FromSeconds(1));
        var shared = await hub.CreateChatAsync(Token, eve);

        Assert.Equal([shared, dans], IdsOf(await ListAsync(dan, "")));
        Assert.Equal([shared, eves], IdsOf(await ListAsync(eve, "")));

        // The mark is one's own.
        await ArchiveAsync(shared, eve, true);
        Assert.Equal([shared, dans], IdsOf(await ListAsync(dan, "")));
        Assert.Equal([shared], IdsOf(await ListAsync(eve, "?is_archived=true")));

        await hub.CallAsync("RemoveParticipant", Token, new { chatId = shared, userId = eve.Id });
        Assert.Empty(IdsOf(await ListAsync(eve, "?is_archived=true")));
        Assert.Equal(1, NumberOf(await ListAsync(eve, ""), "total"));
    }

    private static string Times(string text, int count) => new StringBuilder().Insert(0, text, count).ToString();

    private static List<string> IdsOf(JsonElement list) => [.. list.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("id").GetString()!)];

    private static int NumberOf(JsonElement list, string name) => list.GetProperty(name).GetInt32();

    private static void AssertInstant(DateTimeOffset expected, string written)
    {
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z\z", written);
        Assert.Equal(expected, DateTimeOffset.Parse(written, CultureInfo.InvariantCulture), TimeSpan.FromMilliseconds(1));
    }

    private Task<TestUser> NewUserAsync() => world.App.SignUpAsync($"dan-{Guid.NewGuid():N}"[..20], Token);

    private async Task<JsonElement> ListAsync(TestUser user, string query)
    {
        var answer = await world.GetAsync(SseWorld.List + query, user);
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        return answer.Body;
    }

    private async Task<List<string>> PagedAsync(TestUser user, string order, int limit)
    {
        var (ids, total) = (new List<string>(), int.MaxValue);
        for (var offset = 0; offset < total; offset += limit)
        {
            var page = await ListAsync(user, $"?order={order}&limit={limit}&offset={offset}");
            total = NumberOf(page, "total");
            Assert.Equal((limit, offset), (NumberOf(page, "limit"), NumberOf(page, "offset")));
            ids.AddRange(IdsOf(page));
        }

        return ids;
    }

    private async Task<List<string>> NewChatsAsync(TestUser user, int count, TimeSpan between = default)
    {
        await using var hub = await user.ConnectAsync(Token);
        var chats = new List<string>();
        while (chats.Count < count)
        {
            world.Time.Advance(between);
            chats.Add(await hub.CreateChatAsync(Token));
        }

        return chats;
    }

    private async Task ArchiveAsync(string chat, TestUser user, bool isArchived)
    {
        var body = $"{{\"is_archived\":{(isArchived ? "true" : "false")}}}";
        Assert.Equal(HttpStatusCode.OK, (await world.SendAsync(HttpMethod.Patch, $"/backend-api/conversation/{chat}", body, user)).Status);
    }
}
