using System.Diagnostics;
using System.Net;
using Xunit;

namespace HubChat.Tests.Faults;

public sealed class RawWebSocketTests : IAsyncLifetime
{
    private const int SmallBuffer = 4 * 1024;

    private RawHubServer _server = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await RawHubServer.StartAsync(Cancelled);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Watched_chat_brings_its_updates()
    {
        using var client = await ConnectAsync();

        var answer = await client.WatchAsync("c1", Cancelled);
        var update = await client.ReceiveUpdateAsync(Cancelled);

        Assert.Equal("c1", answer.GetProperty("chatId").GetString());
        Assert.Equal("event", update?.GetProperty("kind").GetString());
    }

    [Fact]
    public async Task Calls_are_answered_and_refused_in_the_words_of_the_hub()
    {
        using var client = await ConnectAsync();

        Assert.Equal("Grüße, Ada", (await client.InvokeAsync("Greet", ["Ada"], Cancelled)).GetString());
        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => client.InvokeAsync("Greet", [""], Cancelled));

        Assert.EndsWith("HubException: text_empty: No name.", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Long_answer_with_wide_characters_survives_fragments()
    {
        using var client = await ConnectAsync();
        var name = string.Concat(Enumerable.Repeat("😀é", 3_000));

        Assert.Equal("Grüße, " + name, (await client.InvokeAsync("Greet", [name], Cancelled)).GetString());
    }

    [Fact]
    public async Task Server_feels_a_stopped_reader_soon()
    {
        using var client = await ConnectAsync(SmallBuffer);
        await client.InvokeOnlyAsync("Flood", [1_000], Cancelled);

        var before = -1L;
        await Eventually.HoldsAsync(() => _server.Flooded > 0 && before == (before = _server.Flooded), Cancelled);

        Assert.InRange(_server.Flooded, 1, 8_000_000);
    }

    [Fact]
    public async Task Slow_reader_reads_at_its_rate()
    {
        using var client = await ConnectAsync(SmallBuffer);
        client.Socket.ReadBytesPerSecond = 50_000;
        await client.InvokeOnlyAsync("Flood", [1_000], Cancelled);
        var watch = Stopwatch.StartNew();

        for (var updates = 0; updates < 25; updates++)
        {
            Assert.NotNull(await client.ReceiveUpdateAsync(Cancelled));
        }

        // At full speed these 25,000 characters take a few milliseconds.
        Assert.InRange(watch.ElapsedMilliseconds, 300, 20_000);
    }

    [Fact]
    public async Task Huge_frame_ends_the_connection()
    {
        using var client = await ConnectAsync();

        Assert.InRange(await client.Socket.SendHugeFrameAsync(100_000_000, Cancelled), 0, 99_999_999);
        await client.Socket.ReceiveUntilClosedAsync(Cancelled);
    }

    [Fact]
    public async Task Endless_frame_ends_the_connection()
    {
        using var client = await ConnectAsync();

        await client.Socket.SendEndlessFrameAsync(Cancelled);

        await client.Socket.ReceiveUntilClosedAsync(Cancelled);
    }

    [Fact]
    public async Task Endless_message_ends_the_connection()
    {
        using var client = await ConnectAsync();

        await client.Socket.SendEndlessMessageAsync(Cancelled);

        await client.Socket.ReceiveUntilClosedAsync(Cancelled);
    }

    [Theory]
    [InlineData(new byte[] { 0x83, 0x80, 0, 0, 0, 0 })] // an opcode that does not exist
    [InlineData(new byte[] { 0xF1, 0x80, 0, 0, 0, 0 })] // reserved bits
    [InlineData(new byte[] { 0x89, 0xFE, 0xFF, 0xFF, 0, 0, 0, 0 })] // a ping that is too long
    [InlineData(new byte[] { 0x81, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0 })] // a negative length
    public async Task Malformed_frame_ends_the_connection(byte[] frame)
    {
        using var client = await ConnectAsync();

        await client.Socket.SendRawAsync(frame, Cancelled);

        await client.Socket.ReceiveUntilClosedAsync(Cancelled);
    }

    [Fact]
    public async Task Refused_upgrade_says_what_the_server_answered()
    {
        var nowhere = new Uri(_server.Address, "/nowhere");

        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => RawWebSocket.ConnectAsync(nowhere, Cancelled));

        Assert.Contains($" {(int)HttpStatusCode.NotFound} ", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Vanished_client_is_noticed_by_the_server()
    {
        using var client = await ConnectAsync();
        await client.InvokeOnlyAsync("Flood", [1_000], Cancelled);
        await client.ReceiveUpdateAsync(Cancelled);

        client.Socket.Reset();

        var before = -1L;
        await Eventually.HoldsAsync(() => before == (before = _server.Flooded), Cancelled);
    }

    private Task<RawHubClient> ConnectAsync(int? receiveBuffer = null) =>
        RawHubClient.ConnectAsync(_server.Address, accessToken: null, Cancelled, receiveBuffer);
}
