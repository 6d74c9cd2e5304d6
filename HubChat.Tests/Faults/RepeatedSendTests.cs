using System.Text.Json;
using HubChat.Server.Diagnostics;
using HubChat.Tests.App;
using Xunit;

namespace HubChat.Tests.Faults;

/// <summary>F17, F38 and F39: a send that comes more than once.</summary>
public sealed class RepeatedSendTests
{
    private const int Connections = 5;
    private const int SendsEach = 200;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Thousand_identical_sends_in_parallel_are_one_message_and_get_one_answer()
    {
        await using var app = new HubChatApp();
        var ada = await app.SignUpAsync("ada", Token);
        await using var first = await ada.ConnectAsync(Token);
        var chat = await first.CreateChatAsync(Token);
        var connections = await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => ada.ConnectAsync(Token)));

        var answers = await Task.WhenAll(
            connections.SelectMany(connection => Enumerable.Range(0, SendsEach).Select(_ => connection.PostAsync(chat, "Once", "c-1", Token))));

        Assert.Single(answers.Select(answer => (IdOf(answer), SeqOf(answer), answer.GetProperty("replyId").GetString())).Distinct());
        Assert.Single(answers, answer => !answer.GetProperty("duplicate").GetBoolean());
        Assert.Single(await first.MessagesAsync(chat, Token), message => message.GetProperty("role").GetString() == "user");
        foreach (var connection in connections)
        {
            await connection.DisposeAsync();
        }
    }

    [Fact]
    public async Task Same_id_with_another_text_is_refused_and_the_first_text_stays()
    {
        await using var app = new HubChatApp();
        var ada = await app.SignUpAsync("ada", Token);
        await using var hub = await ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token, await app.SignUpAsync("bob", Token));
        var first = await hub.PostAsync(chat, "First", "c-1", Token);

        Assert.Equal(
            "client_message_id_conflict",
            await hub.RefusedAsync("PostMessage", Token, new { chatId = chat, text = "Second", clientMessageId = "c-1" }));

        Assert.Equal("First", Assert.Single(await hub.MessagesAsync(chat, Token)).GetProperty("text").GetString());
        Assert.Equal(SeqOf(first), SeqOf(await hub.PostAsync(chat, "First", "c-1", Token)));
    }

    [Theory]
    [InlineData(Failpoint.BeforeCommit, false)]
    [InlineData(Failpoint.AfterCommitBeforeAcknowledge, true)]
    [InlineData(Failpoint.AfterAcknowledgeBeforePublish, true)]
    internal async Task Send_that_failed_inside_the_server_is_there_once_after_it_is_repeated(Failpoint point, bool isStored)
    {
        await using var app = new HubChatApp();
        var ada = await app.SignUpAsync("ada", Token);
        await using var hub = await ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token, await app.SignUpAsync("bob", Token));
        await using var run = new RecordedRun();
        var client = await run.JoinAsync(ada, chat, Token);

        app.Failpoints.Arm(point);
        var (posted, code) = await client.TrySendAsync("Is it there?", "c-1", Token);
        Assert.True(posted is not null || code == "internal");
        var repeated = await hub.PostAsync(chat, "Is it there?", "c-1", Token);

        Assert.Equal(isStored, repeated.GetProperty("duplicate").GetBoolean());
        var final = await run.CheckAsync(Path.Combine(app.DataFolder, "hubchat.db"), Token);
        var message = Assert.Single(final.Chats.Single().Messages);
        Assert.Equal((IdOf(repeated), SeqOf(repeated)), (message.Id, message.Seq));
    }

    [Fact]
    public async Task Send_whose_answer_was_cut_off_gets_the_same_answer_when_it_is_repeated()
    {
        await using var app = new HubChatApp();
        var ada = await app.SignUpAsync("ada", Token);
        await using var hub = await ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token, await app.SignUpAsync("bob", Token));
        await hub.WatchAsync(chat, Token);
        await using var proxy = FaultProxy.Start(app.Address);
        await using var run = new RecordedRun();
        var client = await run.JoinAsync(ada, chat, Token, proxy.Address);

        proxy.ToClient = new LinkFaults { CutAfter = 3 };
        var (posted, code) = await client.TrySendAsync("Did you hear me?", "c-1", Token);
        Assert.Equal((null, null), (posted, code));
        proxy.Heal();
        var seen = await hub.NextEventAsync("message.posted", Token);
        var repeated = await client.SendAsync("Did you hear me?", "c-1", Token);

        Assert.Equal((IdOf(seen.GetProperty("message"), "id"), SeqOf(seen)), (repeated.MessageId, repeated.Seq));
        Assert.True(client.Connections > 1);
        Assert.Single((await run.CheckAsync(Path.Combine(app.DataFolder, "hubchat.db"), Token)).Chats.Single().Messages);
    }

    private static string? IdOf(JsonElement answer, string name = "messageId") => answer.GetProperty(name).GetString();

    private static long SeqOf(JsonElement answer) => answer.GetProperty("seq").GetInt64();
}
