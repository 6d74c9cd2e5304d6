using HubChat.Server.Chats;
using HubChat.Tests.App;
using Xunit;

namespace HubChat.Tests.Generations;

public sealed class TitleTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("\"A trip\"", "A trip")]
    [InlineData("# **Trip**\nand more", "Trip")]
    [InlineData("Trip to Lisbon.", "Trip to Lisbon")]
    [InlineData("  \n ", "")]
    public void Title_of_a_model_is_cleaned(string proposed, string title) => Assert.Equal(title, ChatTitle.FromModel(proposed));

    [Theory]
    [InlineData("@assistant Where is Lisbon?", "Where is Lisbon?")]
    [InlineData(" one\n\ttwo ", "one two")]
    [InlineData("@assistant", "@assistant")]
    [InlineData("", "")]
    public void Chat_is_called_after_the_beginning_of_its_message(string text, string title) => Assert.Equal(title, ChatTitle.FromMessage(text));

    [Fact]
    public async Task Model_writes_a_title_after_its_first_answer_but_not_over_a_persons_own()
    {
        await using var app = new HubChatApp(new Dictionary<string, string> { ["Assistant:DefaultModel"] = HubChatApp.TitledModelName });
        var ada = await app.SignUpAsync("ada", Token);
        await using var hub = await ada.ConnectAsync(Token);
        app.Model.Title = prompt => prompt[^1].Text.Contains("Lisbon", StringComparison.Ordinal) ? "Lisbon in spring" : "wrong";

        var chat = await hub.CreateChatAsync(Token);
        await hub.WatchAsync(chat, Token);
        await hub.PostAsync(chat, "Tell me of Lisbon", "c-1", Token);
        Assert.Equal("Tell me of Lisbon", (await hub.NextEventAsync("chat.renamed", Token)).GetProperty("title").GetString());
        var renamed = await hub.NextEventAsync("chat.renamed", Token);
        Assert.Equal(("Lisbon in spring", "model"), (renamed.GetProperty("title").GetString(), renamed.GetProperty("titleSource").GetString()));

        var named = await hub.CallAsync("CreateChat", Token, new { title = "Mine" });
        await hub.WatchAsync(named.GetProperty("id").GetString()!, Token);
        await hub.PostAsync(named.GetProperty("id").GetString()!, "Tell me of Lisbon", "c-2", Token);
        await hub.NextEventAsync("generation.completed", Token);
        Assert.Equal("Mine", (await hub.CallAsync("GetChat", Token, named.GetProperty("id").GetString())).GetProperty("title").GetString());
    }
}
