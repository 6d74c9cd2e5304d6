using HubChat.Tests.App;
using HubChat.Tests.Faults;
using Xunit;

namespace HubChat.Tests.Endpoints.Hubs;

public sealed class HubSizeTests : IAsyncDisposable
{
    private readonly HubChatApp _app = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Fact]
    public async Task Message_at_the_limit_is_taken_and_one_over_it_closes_the_connection()
    {
        var ada = await _app.SignUpAsync("ada", Token);
        using var client = await RawHubClient.ConnectAsync(_app.Address, ada.Token, Token);
        var fits = Padded(256 * 1_024);
        var isOver = Padded((256 * 1_024) + 1);

        await client.Socket.SendTextAsync(fits, Token);
        Assert.Equal(3, (await client.ReceiveAsync(Token))!.Value.GetProperty("type").GetInt32());
        await client.Socket.SendTextAsync(isOver, Token);

        while (await client.ReceiveAsync(Token) is { } message)
        {
            // A close message may say why; an answer would be one too many.
            Assert.Equal(7, message.GetProperty("type").GetInt32());
        }

        await LivesAsync(ada);
    }

    [Fact]
    public async Task Longest_text_fits_in_any_script()
    {
        var ada = await _app.SignUpAsync("ada", Token);
        await using var hub = await ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token);
        var text = new string('漢', 32_000);
        await hub.PostAsync(chat, text, "c-1", Token);
        Assert.Equal(text, (await hub.MessagesAsync(chat, Token))[0].GetProperty("text").GetString());
    }

    [Theory]
    [InlineData(10_000_000)]
    [InlineData(long.MaxValue)]
    public async Task Huge_frame_is_not_swallowed_and_the_server_lives_on(long length)
    {
        var ada = await _app.SignUpAsync("ada", Token);
        using var client = await RawHubClient.ConnectAsync(_app.Address, ada.Token, Token);

        // What the kernels' buffers hold leaves this client too; the server has not read it.
        var sent = await client.Socket.SendHugeFrameAsync(length, Token);
        Assert.InRange(sent, 0, 10_000_000);
        await client.Socket.ReceiveUntilClosedAsync(Token);

        await LivesAsync(ada);
    }

    [Fact]
    public async Task Endless_message_is_not_swallowed_and_the_server_lives_on()
    {
        var ada = await _app.SignUpAsync("ada", Token);
        using var client = await RawHubClient.ConnectAsync(_app.Address, ada.Token, Token);

        await client.Socket.SendEndlessMessageAsync(Token);
        await client.Socket.ReceiveUntilClosedAsync(Token);

        await LivesAsync(ada);
    }

    /// <summary>A call of exactly so many bytes, separator included.</summary>
    private static string Padded(int size)
    {
        const string Head = """{"type":1,"invocationId":"1","target":"ListChats","arguments":[{}]""";
        return Head + new string(' ', size - Head.Length - 2) + "}\u001e";
    }

    private static async Task LivesAsync(TestUser user)
    {
        await using var connection = await user.ConnectAsync(Token);
        await connection.CreateChatAsync(Token);
    }
}
