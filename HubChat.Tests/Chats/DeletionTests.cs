using System.Text.Json;
using HubChat.Server.Generations;
using HubChat.Server.Ids;
using HubChat.Server.Realtime;
using HubChat.Server.Usage;
using HubChat.Tests.App;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace HubChat.Tests.Chats;

/// <summary>What was deleted is nowhere any more: not in the rows, not in the log of deltas, not in a title.</summary>
public sealed class DeletionTests : IAsyncLifetime
{
    private const string Secret = "xyzzy";
    private readonly HubChatApp _app = new();
    private TestConnection _hub = null!;
    private string _chat = "";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _hub = await (await _app.SignUpAsync("ada", Token)).ConnectAsync(Token);
        _chat = await _hub.CreateChatAsync(Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _hub.DisposeAsync();
        await _app.DisposeAsync();
    }

    [Fact]
    public async Task Deleted_text_is_gone_everywhere()
    {
        var posted = await AskAsync($"the word is {Secret}", "c-1");
        await DeleteAsync(posted, "messageId");
        await DeleteAsync(posted, "replyId");

        await AssertGoneAsync(posted);
        Assert.All(await _hub.MessagesAsync(_chat, Token), message => Assert.True(message.TryGetProperty("deletedAt", out _)));
    }

    [Fact]
    public async Task Question_asked_again_does_not_bring_its_deleted_reply_back()
    {
        var request = new { chatId = _chat, text = $"the word is {Secret}", clientMessageId = "c-1" };
        var asked = (await _hub.StreamAsync("Ask", Token, request).ToListAsync(Token))[0];
        await _hub.CallAsync("DeleteMessage", Token, new { chatId = _chat, messageId = Text(asked, "messageId") });

        var again = await _hub.StreamAsync("Ask", Token, request).ToListAsync(Token);

        Assert.Equal(["accepted", "reset", "done"], again.Select(delta => Text(delta, "kind")));
        Assert.Equal("", Text(again[1], "text"));
        Assert.Equal(0, again[2].GetProperty("length").GetInt32());
    }

    [Fact]
    public async Task Reply_deleted_while_it_is_written_stops_and_nobody_is_shown_more()
    {
        var (asked, turn) = await BeginAsync();
        await using var asking = _hub.StreamAsync("StreamReply", Token, Text(asked, "generationId"), 0, 0).GetAsyncEnumerator(Token);
        Assert.True(await asking.MoveNextAsync());
        Assert.Contains(Secret, Text(asking.Current, "text"), StringComparison.Ordinal);

        await DeleteAsync(asked, "replyId");

        turn.Say($" and {Secret} again");
        await turn.Cancelled.WaitAsync(Token);
        var rest = await ReadAsync(asking);
        Assert.Equal(["reset", "done"], rest.Select(delta => Text(delta, "kind")));
        Assert.Equal(("", 2), (Text(rest[0], "text"), rest[0].GetProperty("epoch").GetInt64()));
        Assert.Equal(("stopped", 0), (Text(rest[1], "state"), rest[1].GetProperty("length").GetInt32()));

        // The watch: the same, then the deletion, then the stored end, and no word of the reply after it.
        var seen = new List<string>();
        while (seen.LastOrDefault() != "generation.completed")
        {
            var update = await _hub.NextAsync(Token, "reset", "delta", "done", "event", "resync");
            seen.Add(update.TryGetProperty("event", out var chatEvent) ? Text(chatEvent, "type") : Text(update, "kind"));
        }

        Assert.Equal(["reset", "done", "message.deleted", "generation.completed"], seen);
        await AssertGoneAsync(asked);
        Assert.Equal("stopped", Text((await _hub.MessagesAsync(_chat, Token))[^1], "state"));
    }

    [Fact]
    public async Task Chat_goes_on_after_a_running_reply_was_deleted()
    {
        var (asked, _) = await BeginAsync();
        await DeleteAsync(asked, "replyId");

        await _hub.PostAsync(_chat, "and now?", "c-2", Token);
        var next = await _app.Model.NextTurnAsync(Token);
        next.Say("here");
        next.Finish();

        await _hub.NextEventAsync("generation.completed", Token);
        Assert.Equal("here", Text((await _hub.NextEventAsync("generation.completed", Token)).GetProperty("message"), "text"));
        Assert.DoesNotContain(next.Prompt, message => message.Text.Contains(Secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Continued_reply_takes_its_earlier_text_along()
    {
        var (asked, _) = await BeginAsync();
        await _hub.CallAsync("StopGeneration", Token, Text(asked, "generationId"));
        await _hub.NextEventAsync("generation.completed", Token);
        var continued = await _hub.CallAsync("ContinueReply", Token, new { chatId = _chat, messageId = Text(asked, "replyId") });
        await _app.Model.NextTurnAsync(Token);

        await DeleteAsync(asked, "replyId");

        await _hub.NextEventAsync("generation.completed", Token);
        await AssertGoneAsync(asked);
        await AssertGoneAsync(continued);
        Assert.Equal(["", ""], await _app.ReadAsync(db => db.Generations.Select(generation => generation.Prefix).ToListAsync(Token)));
    }

    [Fact]
    public async Task Reply_that_is_to_end_is_not_given_back_to_the_queue()
    {
        var (asked, _) = await BeginAsync();
        var id = new GenerationId(Guid.Parse(Text(asked, "generationId")));
        await _app.ReadAsync(db => db.Generations.ExecuteUpdateAsync(
            set => set.SetProperty(generation => generation.StopRequestedAt, DateTimeOffset.UnixEpoch), Token));
        var running = await _app.ReadAsync(db => db.Generations.AsNoTracking().SingleAsync(generation => generation.Id == id, Token));

        Assert.False(await _app.Services.GetRequiredService<ReplyCompletion>().ReleaseAsync(running, "text of a deleted reply", CallFigures.None, Token));

        Assert.Equal("", (await _app.ReadAsync(db => db.Messages.SingleAsync(message => message.Id == running.MessageId, Token))).Text);
    }

    [Fact]
    public async Task Title_taken_from_a_deleted_message_goes_with_it()
    {
        await _hub.CallAsync("UpdateChatSettings", Token, new { chatId = _chat, assistant = "off" });
        var first = await _hub.PostAsync(_chat, $"{Secret} is first", "c-1", Token);
        var second = await _hub.PostAsync(_chat, "Second", "c-2", Token);
        await _hub.PostAsync(_chat, "Third", "c-3", Token);
        await _hub.WatchAsync(_chat, Token);

        await DeleteAsync(first, "messageId");

        var renamed = await _hub.NextEventAsync("chat.renamed", Token);
        Assert.Equal(("Second", "message"), (Text(renamed, "title"), Text(renamed, "titleSource")));
        await AssertGoneAsync(first);
        await DeleteAsync(second, "messageId");
        Assert.Equal("Third", Text(await _hub.CallAsync("GetChat", Token, _chat), "title"));
    }

    [Fact]
    public async Task Chat_without_messages_is_named_by_the_next_one()
    {
        await _hub.CallAsync("UpdateChatSettings", Token, new { chatId = _chat, assistant = "off" });
        await DeleteAsync(await _hub.PostAsync(_chat, $"{Secret} is first", "c-1", Token), "messageId");

        var unnamed = await _hub.CallAsync("GetChat", Token, _chat);
        await _hub.PostAsync(_chat, "Second", "c-2", Token);
        var named = await _hub.CallAsync("GetChat", Token, _chat);

        Assert.Equal(("", "none"), (Text(unnamed, "title"), Text(unnamed, "titleSource")));
        Assert.Equal(("Second", "message"), (Text(named, "title"), Text(named, "titleSource")));
    }

    [Fact]
    public async Task Deleting_a_later_message_or_a_title_of_ones_own_renames_nothing()
    {
        await _hub.CallAsync("UpdateChatSettings", Token, new { chatId = _chat, assistant = "off" });
        var first = await _hub.PostAsync(_chat, "First", "c-1", Token);
        await DeleteAsync(await _hub.PostAsync(_chat, "Second", "c-2", Token), "messageId");
        Assert.Equal("First", Text(await _hub.CallAsync("GetChat", Token, _chat), "title"));

        await _hub.CallAsync("RenameChat", Token, new { chatId = _chat, title = "Mine" });
        await DeleteAsync(first, "messageId");
        Assert.Equal("Mine", Text(await _hub.CallAsync("GetChat", Token, _chat), "title"));
    }

    [Fact]
    public async Task Text_of_a_running_reply_goes_with_its_chat()
    {
        var (asked, turn) = await BeginAsync();
        var id = new GenerationId(Guid.Parse(Text(asked, "generationId")));
        var log = _app.Services.GetRequiredService<IDeltaLog>();
        Assert.Contains(
            (await log.ReadAsync(id, StreamPosition.Start, Token))!.Deltas, delta => delta.ToString().Contains(Secret, StringComparison.Ordinal));

        await _hub.CallAsync("DeleteChat", Token, _chat);
        turn.Say($" and {Secret} again");
        await turn.Cancelled.WaitAsync(Token);

        // Sealed, so that it is forgotten in its time like any other.
        var read = (await log.ReadAsync(id, StreamPosition.Start, Token))!;
        Assert.True(read.IsSealed);
        Assert.DoesNotContain(read.Deltas, delta => delta.ToString().Contains(Secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Deleting_the_newest_version_of_a_reply_goes_back_to_the_one_before()
    {
        var asked = await AskAsync("one", "c-1");
        var again = await _hub.CallAsync("Regenerate", Token, new { chatId = _chat, messageId = Text(asked, "replyId") });
        await EndOfAsync(again);

        await DeleteAsync(again, "replyId");

        Assert.Equal(Text(asked, "replyId"), Text(await _hub.CallAsync("GetChat", Token, _chat), "headId"));
    }

    /// <summary>A watched chat whose reply is being written and has said the secret.</summary>
    private async Task<(JsonElement Asked, ScriptedTurn Turn)> BeginAsync()
    {
        _app.Model.Hold = true;
        await _hub.WatchAsync(_chat, Token);
        var asked = await _hub.PostAsync(_chat, "go", "c-1", Token);
        var turn = await _app.Model.NextTurnAsync(Token);
        turn.Say($"the word is {Secret}");
        await _hub.NextAsync(Token, "delta");
        return (asked, turn);
    }

    /// <summary>Whoever asks in whatever way is not given the text.</summary>
    private async Task AssertGoneAsync(JsonElement posted)
    {
        var answers = new List<JsonElement>
        {
            await _hub.CallAsync("WatchChat", Token, new { chatId = _chat, afterSeq = 0 }),
            await _hub.CallAsync("WatchChat", Token, new { chatId = _chat }),
            await _hub.CallAsync("ListChats", Token, new { }),
        };
        answers.AddRange(await _hub.MessagesAsync(_chat, Token));
        if (posted.TryGetProperty("generationId", out var id))
        {
            foreach (var (epoch, off) in new[] { (0, 0), (1, 0), (1, 5), (2, 0) })
            {
                var read = await _hub.StreamAsync("StreamReply", Token, id.GetString(), epoch, off).ToListAsync(Token);
                Assert.Equal(0, read[^1].GetProperty("length").GetInt32());
                answers.AddRange(read);
                answers.Add(await _hub.CallAsync(
                    "WatchChat", Token, new { chatId = _chat, afterSeq = 1, generations = new[] { new { id = id.GetString(), epoch, off } } }));
            }
        }

        Assert.All(answers, answer => Assert.DoesNotContain(Secret, answer.GetRawText(), StringComparison.Ordinal));
        Assert.Equal(0, await _app.ReadAsync(db => db.Messages.CountAsync(message => message.Text.Contains(Secret), Token)));
        Assert.Equal(0, await _app.ReadAsync(db => db.Chats.CountAsync(chat => chat.Title.Contains(Secret), Token)));
        Assert.DoesNotContain(Secret, string.Concat(await _app.ReadAsync(db => db.Database.SqlQuery<string>($"""SELECT COALESCE("Data", '') AS "Value" FROM "Events" """).ToListAsync(Token))), StringComparison.Ordinal);
    }

    private Task<JsonElement> DeleteAsync(JsonElement posted, string which) =>
        _hub.CallAsync("DeleteMessage", Token, new { chatId = _chat, messageId = Text(posted, which) });

    private async Task<JsonElement> AskAsync(string text, string clientMessageId)
    {
        var posted = await _hub.PostAsync(_chat, text, clientMessageId, Token);
        await EndOfAsync(posted);
        return posted;
    }

    private async Task EndOfAsync(JsonElement posted) =>
        Assert.Equal("done", Text((await _hub.StreamAsync("StreamReply", Token, Text(posted, "generationId"), 0, 0).ToListAsync(Token))[^1], "state"));

    private static async Task<List<JsonElement>> ReadAsync(IAsyncEnumerator<JsonElement> stream)
    {
        var deltas = new List<JsonElement>();
        while (await stream.MoveNextAsync())
        {
            deltas.Add(stream.Current);
        }

        return deltas;
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}
