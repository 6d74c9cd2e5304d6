using System.Text.Json;
using HubChat.Server.Chats;
using HubChat.Server.Ids;
using HubChat.Server.Storage;
using HubChat.Server.Text;
using HubChat.Tests.App;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace HubChat.Tests.Chats;

/// <summary>What holds for searching on both databases.</summary>
public abstract class SearchFacts(SearchWorld world)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("The quick brown fox", "quick", true)]
    [InlineData("The quick brown fox", "FOX the", true)]
    [InlineData("The quick brown fox", "quick bro", true)]
    [InlineData("The quick brown fox", "bro quick", false)]
    [InlineData("The quick brown fox", "quick cat", false)]
    [InlineData("The quick brown fox", "uick", false)]
    [InlineData("Crème brûlée", "creme brulee", true)]
    [InlineData("creme brulee", "Crème Brûlée", true)]
    [InlineData("cre\u0300me", "crème", true)]
    [InlineData("ПРИВЕТ мир", "привет", true)]
    [InlineData("привет", "ПРИВЕТ", true)]
    [InlineData("за\u0301мок", "замок", true)]
    [InlineData("съёмка", "съемка", false)]
    [InlineData("ΟΔΟΣ οδός", "οδος", true)]
    [InlineData("οδος", "ΟΔΟΣ", true)]
    [InlineData("İstanbul", "istanbul", true)]
    [InlineData("ᏣᎳᎩ ǡb", "ᏣᎳᎩ ǡb", true)]
    [InlineData("5 \u00B5m", "\u03BCm", true)]
    [InlineData("a\u0332b cd", "a\u0332b", true)]
    [InlineData("straße", "strasse", false)]
    [InlineData("\uFB01ne", "fine", false)]
    [InlineData("你好世界", "你好", true)]
    [InlineData("你好，世界", "世界", true)]
    [InlineData("你好世界", "世界", false)]
    [InlineData("हिन्दी भाषा", "हिन्दी", true)]
    [InlineData("한국어 텍스트", "텍스트", true)]
    [InlineData("𝒜 𐐀bc", "𐐨BC", true)]
    [InlineData("see foo.bar@example.com/path-x", "example path x", true)]
    [InlineData("https://example.org/a/b?c=d#e", "org b c d e", true)]
    [InlineData("well-known_thing it's", "known thing s", true)]
    [InlineData("-5 and 1.5e3", "5 1 5e3", true)]
    [InlineData("x² ½ Ⅷ", "2", false)]
    [InlineData("a😀b", "b", true)]
    [InlineData("nothing", "😀", false)]
    [InlineData("nothing", "c", false)]
    [InlineData("nothing", "chat", false)]
    [InlineData("one\u0001two", "two one", true)]
    public async Task Message_is_found_by_its_words(string text, string query, bool isFound)
    {
        var chat = await world.NewChatAsync();
        var message = await world.PostAsync(chat, text);

        Assert.Equal(isFound ? [message] : [], await world.FoundAsync(query, chat));
    }

    [Theory]
    [InlineData("\"", false)]
    [InlineData("'", false)]
    [InlineData("*", false)]
    [InlineData("\\", false)]
    [InlineData("(", false)]
    [InlineData("%", false)]
    [InlineData("_", false)]
    [InlineData("foo* qux", false)]
    [InlineData("fo* bar", false)]
    [InlineData("foo OR qux", false)]
    [InlineData("foo | qux", false)]
    [InlineData("foo NOT qux", false)]
    [InlineData("foo AND bar", false)]
    [InlineData("NEAR(foo bar)", false)]
    [InlineData("Text : foo", false)]
    [InlineData("{Chat} : foo", false)]
    [InlineData("rowid:1", false)]
    [InlineData("foo:A", false)]
    [InlineData("'; DROP TABLE \"Messages\"; --", false)]
    [InlineData("' | '", false)]
    [InlineData("\" OR \"", false)]
    [InlineData("foo -bar", true)]
    [InlineData("foo !bar", true)]
    [InlineData("foo \"bar", true)]
    [InlineData("\"bar foo\"", true)]
    [InlineData("^bar + foo", true)]
    [InlineData("foo' & 'bar", true)]
    [InlineData("(foo) <-> (bar)", true)]
    [InlineData("foo\\bar", true)]
    [InlineData("foo%bar*", true)]
    public async Task Query_has_no_syntax(string query, bool isFound)
    {
        var chat = await world.NewChatAsync();
        var message = await world.PostAsync(chat, "foo bar");

        Assert.Equal(isFound ? [message] : [], await world.FoundAsync(query, chat));
    }

    [Fact]
    public async Task Longest_query_is_taken()
    {
        var chat = await world.NewChatAsync();
        var words = string.Join(' ', Enumerable.Range(0, 100).Select(number => (char)(0x4E00 + number)));
        var message = await world.PostAsync(chat, $"{words} {new string('\u0930', 200)}");

        Assert.Equal([message], await world.FoundAsync(words + " ", chat));
        Assert.Equal([message], await world.FoundAsync(new string('\u0930', 200), chat));
    }

    [Fact]
    public async Task Letters_of_a_family_find_each_other()
    {
        var chat = await world.NewChatAsync();

        // SQLite leaves this one as it is.
        var letters = LetterFamilies.Members.Where(letter => letter != 'ǡ').Order().ToList();
        var message = await world.PostAsync(chat, string.Join(' ', letters.Select((letter, number) => $"q{number}q{letter}q{char.ToUpperInvariant(letter)}z")));

        foreach (var some in letters.Select((letter, number) => (Head: LetterFamilies.HeadOf(letter), Letter: letter, Number: number)).Chunk(15))
        {
            Assert.Equal([message], await world.FoundAsync(string.Join(' ', some.Select(letter => $"q{letter.Number}q{letter.Head}q{letter.Head}z")), chat));
            Assert.Equal([message], await world.FoundAsync(string.Join(' ', some.Select(letter => $"q{letter.Number}q{letter.Letter}q{letter.Letter}z")), chat));
        }
    }

    [Fact]
    public async Task Hit_says_what_it_is_and_where()
    {
        var chat = await world.NewChatAsync();
        await world.Hub.CallAsync("RenameChat", Token, new { chatId = chat, title = "Trip" });
        var posted = await world.Hub.PostAsync(chat, "We go\nto Lisbon & <b>Porto</b>", "c-1", Token);

        var page = await world.SearchAsync("porto lis", chat);

        var hit = Assert.Single(page.GetProperty("hits").EnumerateArray());
        Assert.Equal(["hits"], page.EnumerateObject().Select(member => member.Name));
        Assert.Equal(
            ["chatId", "chatTitle", "messageId", "seq", "role", "authorId", "authorName", "createdAt", "snippet"],
            hit.EnumerateObject().Select(member => member.Name));
        Assert.Equal(
            (chat, "Trip", "user", world.Ada.Id, "ada"),
            (Text(hit, "chatId"), Text(hit, "chatTitle"), Text(hit, "role"), Text(hit, "authorId"), Text(hit, "authorName")));
        Assert.Equal((Text(posted, "messageId"), posted.GetProperty("seq").GetInt64()), (Text(hit, "messageId"), hit.GetProperty("seq").GetInt64()));
        Assert.Equal(Text(posted, "createdAt"), Text(hit, "createdAt"));
        Assert.Equal(
            """{"text":"We go to Lisbon & <b>Porto</b>","hits":[{"off":9,"length":6},{"off":21,"length":5}]}""",
            JsonSerializer.Serialize(hit.GetProperty("snippet"), Relaxed));
    }

    [Fact]
    public async Task Only_who_is_in_the_chat_finds_and_finds_what_the_history_gives()
    {
        var (bob, eve, gone) = (await world.NewUserAsync(), await world.NewUserAsync(), await world.NewUserAsync());
        var chat = await world.NewChatAsync(gone);
        var before = await world.PostAsync(chat, "sesame before");
        await world.Hub.CallAsync("AddParticipant", Token, new { chatId = chat, username = bob.UserName, role = "reader" });
        var after = await world.PostAsync(chat, "sesame after");
        await using var bobs = await bob.ConnectAsync(Token);
        await using var eves = await eve.ConnectAsync(Token);
        await using var gones = await gone.ConnectAsync(Token);
        Assert.Equal([after, before], await world.FoundAsync("sesame", caller: gones));
        await gones.CallAsync("RemoveParticipant", Token, new { chatId = chat, userId = gone.Id });

        Assert.Equal([after, before], await world.FoundAsync("sesame", chat));
        Assert.Equal((await bobs.MessagesAsync(chat, Token)).Select(message => Text(message, "id")).Reverse(), await world.FoundAsync("sesame", caller: bobs));
        foreach (var outside in new[] { eves, gones })
        {
            Assert.Empty(await world.FoundAsync("sesame", caller: outside));
            Assert.Equal("not_found", await outside.RefusedAsync("SearchMessages", Token, new { query = "sesame", chatId = chat }));
        }
    }

    [Fact]
    public async Task All_chats_are_searched_or_one()
    {
        var (first, second) = (await world.NewChatAsync(), await world.NewChatAsync());
        var (one, two) = (await world.PostAsync(first, "parsley"), await world.PostAsync(second, "parsley"));

        Assert.Equal([two, one], await world.FoundAsync("parsley"));
        Assert.Equal([one], await world.FoundAsync("parsley", first));
        Assert.Equal([two], await world.FoundAsync("parsley", second));
    }

    [Fact]
    public async Task Deleted_message_is_not_found()
    {
        var chat = await world.NewChatAsync();
        var (kept, deleted) = (await world.PostAsync(chat, "thyme kept"), await world.PostAsync(chat, "thyme deleted"));

        await world.Hub.CallAsync("DeleteMessage", Token, new { chatId = chat, messageId = deleted });

        Assert.Equal([kept], await world.FoundAsync("thyme"));
        Assert.Equal([], await world.FoundAsync("thyme deleted"));
    }

    [Fact]
    public async Task Deleted_chat_takes_its_words_along()
    {
        var chat = await world.NewChatAsync();
        var before = await world.CountIndexedAsync();
        await world.PostAsync(chat, "oregano");
        await world.PostAsync(chat, "oregano");
        Assert.Equal(before + 2, await world.CountIndexedAsync());

        await world.Hub.CallAsync("DeleteChat", Token, chat);

        Assert.Empty(await world.FoundAsync("oregano"));
        Assert.Equal(before, await world.CountIndexedAsync());
    }

    [Fact]
    public async Task Edit_is_found_beside_what_it_replaces()
    {
        var chat = await world.NewChatAsync();
        var original = await world.PostAsync(chat, "basil old");
        var edited = Text(
            await world.Hub.CallAsync("EditMessage", Token, new { chatId = chat, messageId = original, text = "basil new", clientMessageId = "e-1" }), "messageId");

        Assert.Equal([edited, original], await world.FoundAsync("basil"));
        Assert.Equal([edited], await world.FoundAsync("basil new"));
    }

    [Fact]
    public async Task Text_that_is_replaced_is_found_by_its_new_words_alone()
    {
        var chat = await world.NewChatAsync();
        var message = await world.PostAsync(chat, "marjoram old");

        await ReplaceAsync(message, "marjoram new");

        Assert.Equal([message], await world.FoundAsync("marjoram new"));
        Assert.Empty(await world.FoundAsync("marjoram old"));
    }

    [Fact]
    public async Task Reply_is_found_when_it_has_ended_and_not_while_it_is_written()
    {
        var chat = await world.Hub.CreateChatAsync(Token);
        await world.Hub.WatchAsync(chat, Token);
        world.App.Model.Hold = true;
        var posted = await world.Hub.PostAsync(chat, "go", "c-1", Token);
        var turn = await world.App.Model.NextTurnAsync(Token);
        world.App.Model.Hold = false;
        var reply = Text(posted, "replyId");

        // As a checkpoint does.
        await ReplaceAsync(reply, "saffron half");
        Assert.Empty(await world.FoundAsync("saffron"));

        turn.Say("saffron part");
        await world.Hub.NextAsync(Token, "delta");
        await world.Hub.CallAsync("StopGeneration", Token, Text(posted, "generationId"));
        await world.Hub.NextEventAsync("generation.completed", Token);
        Assert.Equal([reply], await world.FoundAsync("saffron part"));
        Assert.Empty(await world.FoundAsync("saffron half"));

        world.App.Model.Hold = true;
        await world.Hub.CallAsync("ContinueReply", Token, new { chatId = chat, messageId = reply });
        turn = await world.App.Model.NextTurnAsync(Token);
        world.App.Model.Hold = false;
        Assert.Empty(await world.FoundAsync("saffron"));
        turn.Say(" and whole");
        turn.Finish();
        await world.Hub.NextEventAsync("generation.completed", Token);
        Assert.Equal([reply], await world.FoundAsync("saffron part whole"));

        var again = await world.Hub.CallAsync("Regenerate", Token, new { chatId = chat, messageId = reply });
        await world.Hub.NextEventAsync("generation.completed", Token);
        Assert.Equal([Text(again, "replyId")], await world.FoundAsync("you said go"));
        Assert.Equal([reply], await world.FoundAsync("saffron"));
        var hit = (await world.SearchAsync("saffron")).GetProperty("hits")[0];
        Assert.Equal("assistant", Text(hit, "role"));
        Assert.False(hit.TryGetProperty("authorId", out _));
    }

    [Fact]
    public async Task Pages_have_neither_holes_nor_doubles_whatever_happens_between_them()
    {
        var (first, second) = (await world.NewChatAsync(), await world.NewChatAsync());
        var at = DateTimeOffset.UnixEpoch.AddYears(50);
        Message[] messages =
        [
            // Three instants; in each, numbers that both chats have.
            .. from instant in Enumerable.Range(0, 3)
               from seq in Enumerable.Range(0, 3)
               from chat in new[] { first, second }
               select world.NewMessage(chat, "cumin", 1_000 + (instant * 10) + seq, at.AddMinutes(instant)),
        ];
        await world.StoreAsync(messages);
        IReadOnlyList<string> expected =
        [
            .. messages.OrderByDescending(message => message.CreatedAt).ThenByDescending(message => message.Seq)
                .ThenByDescending(message => message.Id.ToString(), StringComparer.Ordinal)
                .Select(message => message.Id.ToString()),
        ];
        Assert.Equal(expected, await world.FoundAsync("cumin"));
        foreach (var limit in new[] { 1, 5, 17, 18, 19 })
        {
            Assert.Equal(expected, await PagesAsync(limit, _ => Task.CompletedTask));
        }

        // What is new comes before the first page; the message, and then the chat, on which the page ended may go.
        var read = await PagesAsync(4, async page =>
        {
            if (page == 1)
            {
                await world.PostAsync(first, "cumin, newer");
                await world.Hub.CallAsync("DeleteMessage", Token, new { chatId = ChatOf(expected[3]), messageId = expected[3] });
            }
            else if (page == 2)
            {
                await world.Hub.CallAsync("DeleteChat", Token, ChatOf(expected[7]));
            }
        });
        Assert.Equal(expected.Take(8).Concat(expected.Skip(8).Where(id => ChatOf(id) != ChatOf(expected[7]))), read);

        string ChatOf(string id) => messages.Single(message => message.Id.ToString() == id).ChatId.ToString();
    }

    [Fact]
    public async Task Place_that_nobody_was_given_ends_the_pages_or_begins_them()
    {
        var chat = await world.NewChatAsync();
        var message = await world.PostAsync(chat, "dill");

        var end = new SearchPosition(DateTimeOffset.MaxValue, long.MaxValue, new MessageId(Guid.AllBitsSet)).ToString();

        Assert.Empty(SearchWorld.IdsOf(await world.SearchAsync("dill", chat, new string('A', 43))));
        Assert.Equal([message], SearchWorld.IdsOf(await world.SearchAsync("dill", chat, end)));
    }

    [Fact]
    public async Task Who_is_in_very_many_chats_finds_in_all_of_them()
    {
        var bob = await world.NewUserAsync();
        var chat = await world.NewChatAsync(bob);
        var (own, foreign) = (await world.PostAsync(chat, "nutmeg"), await world.NewChatAsync());
        await world.PostAsync(foreign, "nutmeg");
        await world.App.ReadAsync(db =>
        {
            var (user, owner) = (new UserId(Guid.Parse(bob.Id)), new UserId(Guid.Parse(world.Ada.Id)));
            for (var number = 0; number < SearchQuery.MaxNamedChats; number++)
            {
                var more = new Chat { Id = new ChatId(Guid.NewGuid()), OwnerId = owner, CreatedAt = DateTimeOffset.UnixEpoch, ActivityAt = DateTimeOffset.UnixEpoch };
                db.Chats.Add(more);
                db.Participants.Add(new Participant { ChatId = more.Id, UserId = user, Role = ParticipantRole.Member });
            }

            return db.SaveChangesAsync(Token);
        });
        await using var bobs = await bob.ConnectAsync(Token);

        Assert.Equal([own], await world.FoundAsync("nutmeg", caller: bobs));
    }

    [Fact]
    public async Task Longest_replies_are_stored_and_searched_up_to_a_bound()
    {
        var chat = await world.NewChatAsync();
        var distinct = string.Concat(Enumerable.Range(0, 65_536).Select(number => $"{char.ConvertFromUtf32(0x20000 + (number % 40_000))} "));
        var padding = new string('.', SearchWords.MaxTextLength - 20);
        Message[] messages =
        [
            world.NewMessage(chat, $"{padding} caraway inside {new string('.', 100)} caraway outside", 1_001),
            world.NewMessage(chat, $"{new string('\u4E00', 250_000)}", 1_002),
            world.NewMessage(chat, distinct, 1_003),
            world.NewMessage(chat, "", 1_004),
        ];
        await world.StoreAsync(messages);

        Assert.Equal([messages[0].Id.ToString()], await world.FoundAsync("caraway inside", chat));
        Assert.Empty(await world.FoundAsync("outside", chat));
        Assert.Equal([messages[2].Id.ToString()], await world.FoundAsync("\U00020001", chat));
        await ReplaceAsync(messages[2].Id.ToString(), "short");
        Assert.Empty(await world.FoundAsync("\U00020001", chat));
    }

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private async Task<List<string>> PagesAsync(int limit, Func<int, Task> between)
    {
        var read = new List<string>();
        string? before = null;
        for (var number = 1; ; number++)
        {
            var page = await world.SearchAsync("cumin", before: before, limit: limit);
            read.AddRange(SearchWorld.IdsOf(page));
            if (!page.TryGetProperty("next", out var next))
            {
                return read;
            }

            before = next.GetString();
            await between(number);
        }
    }

    private Task<int> ReplaceAsync(string message, string text)
    {
        var id = new MessageId(Guid.Parse(message));
        return world.App.ReadAsync(db => db.Messages.Where(stored => stored.Id == id).ExecuteUpdateAsync(set => set.SetProperty(stored => stored.Text, text), Token));
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}

public sealed class PostgresSearchTests(PostgresSearchWorld world) : SearchFacts(world), IClassFixture<PostgresSearchWorld>;
