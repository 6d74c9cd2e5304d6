using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using HubChat.Tests.App;
using Xunit;

namespace HubChat.Tests.Endpoints.Sse;

public sealed class HistoryTests(SseClockWorld world) : IClassFixture<SseClockWorld>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string[]> Parts => new()
    {
        { ["Hello"] },
        { ["Hel", "lo"] },
        { ["", "Hello", "", ""] },
        { [" ", "a", "\n"] },
        { ["  leading and trailing \t\n "] },
        { ["\r\na\rb\nc\r\n"] },
        { ["a\u2028b\u2029c\u0085d"] },
        { ["\ud83d\ude00 \ud83d\udc69\u200d\ud83d\udc69\u200d\ud83d\udc67 \ud83c\uddeb\ud83c\uddf7"] },
        { ["e\u0301", "\u00e9", "\u212b", "\u1e9b\u0323", "A\u030a"] },
        { ["\u0001\u001f\u007f", "\u200b\u200e\ufeff", "x"] },
        { ["<script>alert(1)</script> & \"quotes\" \\ / 'x' `y`"] },
        { ["data: [DONE]\n\nevent: delta\n\n"] },
        { ["\ud800\udc00\udbff\udfff\uffff\ufffe\ufffd"] },
        { ["漢字", "עברית", "العربية", "ไทย", "한글"] },
    };

    [Fact]
    public async Task Conversation_says_who_said_what_and_when_in_order()
    {
        var asked = world.Time.GetUtcNow();
        var first = await world.AskAsync("One", id: "msg_b");
        var conversation = SseWorld.ConversationOf(first);

        // Their order is that of their making, whatever the clock says.
        world.Time.ShiftWallClock(TimeSpan.FromHours(-1));
        var second = await world.AskAsync("Two", conversation, "msg_a");
        world.Time.ShiftWallClock(TimeSpan.FromHours(1));

        var history = (await world.GetAsync(PathOf(conversation))).Body;

        Assert.Equal(["conversation_id", "messages"], history.EnumerateObject().Select(member => member.Name));
        Assert.Equal(conversation, history.GetProperty("conversation_id").GetString());
        var messages = history.GetProperty("messages").EnumerateArray().ToList();
        Assert.Equal(["msg_b", SseWorld.ReplyOf(first), "msg_a", SseWorld.ReplyOf(second)], messages.Select(IdOf));
        Assert.Equal(["user", "assistant", "user", "assistant"], messages.Select(message => message.GetProperty("role").GetString()));
        Assert.Equal(["One", "You said: One ", "Two", "You said: Two "], messages.Select(TextOf));
        Assert.All(messages, message =>
        {
            Assert.Equal("text", message.GetProperty("content").GetProperty("content_type").GetString());
            Assert.Equal("finished_successfully", StatusOf(message));
        });
        AssertInstant(asked, messages[0]);
        AssertInstant(asked, messages[1]);
        AssertInstant(asked.AddHours(-1), messages[2]);
    }

    [Theory]
    [MemberData(nameof(Parts))]
    public async Task Parts_come_back_as_they_were_sent(string[] parts)
    {
        var body = SseWorld.Question("", id: "msg_001");
        body["messages"]![0]!["content"]!["parts"] = new JsonArray([.. parts.Select(part => JsonValue.Create(part))]);
        await using var stream = await world.OpenAsync(SseWorld.Converse, body);
        var frames = await stream.RestAsync(Token);

        var stored = await world.MessageAsync(SseWorld.ConversationOf(frames), "msg_001");

        Assert.Equal(parts, PartsOf(stored.GetProperty("content")));
        Assert.Equal(parts, PartsOf(frames[2].Json.GetProperty("input_message").GetProperty("content")));
    }

    [Fact]
    public async Task Longest_text_comes_back_whole()
    {
        var text = string.Concat(Enumerable.Repeat("😀", 32_000));
        var conversation = SseWorld.ConversationOf(await world.AskAsync(text, id: "msg_001"));

        Assert.Equal(text, TextOf(await world.MessageAsync(conversation, "msg_001")));
    }

    [Fact]
    public async Task Reply_comes_back_as_the_model_wrote_it()
    {
        const string Text = " \r\n\u2028e\u0301 😀 \"x\" ";
        var (turn, stream) = await world.BeginAsync(SseWorld.Question("Hello"));
        await using var reading = stream;
        var begun = await reading.UntilAsync('A', Token);
        turn.Say(Text);
        turn.Finish();
        var rest = await reading.RestAsync(Token);

        Assert.Equal(SseWorld.TextOf(rest), TextOf(await world.MessageAsync(SseWorld.ConversationOf(begun), SseWorld.ReplyOf(begun))));
        Assert.Equal(Text, SseWorld.TextOf(rest));
    }

    [Fact]
    public async Task Question_is_there_as_soon_as_it_is_accepted_and_the_reply_is_in_progress()
    {
        var (turn, stream) = await world.BeginAsync(SseWorld.Question("Hello", id: "msg_001"));
        await using var reading = stream;
        var begun = await reading.UntilAsync('A', Token);
        var conversation = SseWorld.ConversationOf(begun);

        Assert.Equal("finished_successfully", StatusOf(await world.MessageAsync(conversation, "msg_001")));
        Assert.Equal("in_progress", StatusOf(await world.MessageAsync(conversation, SseWorld.ReplyOf(begun))));

        turn.Say("Hi");
        turn.Finish();
        await reading.UntilAsync('F', Token);

        // Whoever has seen the final frame reads its text.
        var reply = await world.MessageAsync(conversation, SseWorld.ReplyOf(begun));
        Assert.Equal(("finished_successfully", "Hi"), (StatusOf(reply), TextOf(reply)));
        await reading.RestAsync(Token);
    }

    [Theory]
    [InlineData("finished_successfully")]
    [InlineData("finished_partial_completion")]
    [InlineData("interrupted")]
    [InlineData("failed")]
    public async Task Status_is_that_of_the_final_frame(string status)
    {
        var (turn, stream) = await world.BeginAsync(SseWorld.Question("Hello"));
        await using var reading = stream;
        turn.Say("Half");
        var frames = await reading.UntilAsync('p', Token);
        var conversation = SseWorld.ConversationOf(frames);
        await world.EndAsync(turn, status, conversation);
        frames.AddRange(await reading.RestAsync(Token));

        var reply = await world.MessageAsync(conversation, SseWorld.ReplyOf(frames));
        Assert.Equal((status, status), (StatusOf(reply), SseWorld.StatusOf(frames)));
        Assert.Equal("Half", TextOf(reply));
    }

    [Fact]
    public async Task Everybody_reads_the_same_and_who_wrote_it()
    {
        await using var hub = await world.Ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token, world.Bob);
        await world.AskAsync("Ada's", chat);
        await world.AskAsync("Bob's", chat, user: world.Bob);

        var (adas, bobs) = (await world.GetAsync(PathOf(chat)), await world.GetAsync(PathOf(chat), world.Bob));

        Assert.Equal(adas.Body.GetRawText(), bobs.Body.GetRawText());
        Assert.Equal(
            ["ada", null, "bob", null],
            adas.Body.GetProperty("messages").EnumerateArray().Select(
                message => message.TryGetProperty("metadata", out var metadata) ? metadata.GetProperty("author_name").GetString() : null));
    }

    [Fact]
    public async Task Messages_of_the_hub_are_there()
    {
        await using var hub = await world.Ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token);
        Assert.Empty((await world.GetAsync(PathOf(chat))).Body.GetProperty("messages").EnumerateArray());
        await hub.CallAsync("UpdateChatSettings", Token, new { chatId = chat, assistant = "off" });
        var posted = await hub.PostAsync(chat, "From the hub", "c-1", Token);

        var message = await world.MessageAsync(chat, posted.GetProperty("messageId").GetString()!);

        Assert.Equal(("user", "From the hub"), (message.GetProperty("role").GetString(), TextOf(message)));
    }

    [Fact]
    public async Task Deleted_messages_are_left_out()
    {
        await using var hub = await world.Ada.ConnectAsync(Token);
        var first = await world.AskAsync("One", id: "msg_001");
        var conversation = SseWorld.ConversationOf(first);
        var second = await world.AskAsync("Two", conversation, "msg_002");
        var question = (await hub.MessagesAsync(conversation, Token)).Single(message => message.GetProperty("text").GetString() == "One");

        await hub.CallAsync("DeleteMessage", Token, new { chatId = conversation, messageId = question.GetProperty("id").GetString() });
        Assert.Equal([SseWorld.ReplyOf(first), "msg_002", SseWorld.ReplyOf(second)], await IdsAsync(conversation));

        await hub.CallAsync("DeleteMessage", Token, new { chatId = conversation, messageId = SseWorld.ReplyOf(second) });
        Assert.Equal([SseWorld.ReplyOf(first), "msg_002"], await IdsAsync(conversation));
    }

    [Fact]
    public async Task Refused_message_is_not_there()
    {
        var conversation = SseWorld.ConversationOf(await world.AskAsync("One"));
        var before = (await world.GetAsync(PathOf(conversation))).Body.GetRawText();

        var answer = await world.PostAsync(SseWorld.Converse, SseWorld.Question(" ", conversation));

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal(before, (await world.GetAsync(PathOf(conversation))).Body.GetRawText());
    }

    private static string PathOf(string conversation) => $"/backend-api/conversation/{conversation}";

    private static string IdOf(JsonElement message) => message.GetProperty("id").GetString()!;

    private static string StatusOf(JsonElement message) => message.GetProperty("status").GetString()!;

    private static string TextOf(JsonElement message) => string.Concat(PartsOf(message.GetProperty("content")));

    private static IEnumerable<string> PartsOf(JsonElement content) => content.GetProperty("parts").EnumerateArray().Select(part => part.GetString()!);

    private static void AssertInstant(DateTimeOffset expected, JsonElement message)
    {
        var written = message.GetProperty("created_at").GetString()!;
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z\z", written);
        Assert.Equal(expected, DateTimeOffset.Parse(written, CultureInfo.InvariantCulture), TimeSpan.FromMilliseconds(1));
    }

    private async Task<IEnumerable<string>> IdsAsync(string conversation) =>
        (await world.GetAsync(PathOf(conversation))).Body.GetProperty("messages").EnumerateArray().Select(IdOf);
}
