using System.Threading.Channels;
using HubChat.Client.Sample;
using HubChat.Client.Sample.Hub;
using Xunit;

namespace HubChat.Tests.Client;

public sealed class HubSessionTests
{
    private readonly Channel<HubSignal> _signals = Channel.CreateBounded<HubSignal>(100);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Lost_connection_comes_back_and_calls_wait_for_it()
    {
        await using var server = await EchoServer.StartAsync(Token);
        await using var session = await StartAsync(server);

        await Assert.ThrowsAsync<ConnectionLostException>(() => session.CallOnceAsync<object?>("Drop", [], Token));

        Assert.Equal("back", await session.CallAsync<string>("Echo", ["back"], Token));
        Assert.Equal([new HubSignal.Connected(1), new HubSignal.Lost(), new HubSignal.Connected(2)], await TakeAsync(3));
    }

    [Fact]
    public async Task Server_that_drains_is_left_and_found_again()
    {
        await using var server = await EchoServer.StartAsync(Token);
        await using var session = await StartAsync(server);

        await session.CallOnceAsync<object?>("Drain", [], Token);

        Assert.Equal([new HubSignal.Connected(1), new HubSignal.Lost(), new HubSignal.Connected(2)], await TakeAsync(3));
    }

    [Fact]
    public async Task Ended_session_does_not_come_back()
    {
        await using var server = await EchoServer.StartAsync(Token);
        await using var session = await StartAsync(server);

        await Assert.ThrowsAsync<ConnectionLostException>(() => session.CallOnceAsync<object?>("EndSession", [], Token));

        Assert.Equal([new HubSignal.Connected(1), new HubSignal.Ended("revoked")], await TakeAsync(2));
        var error = await Assert.ThrowsAsync<ClientException>(() => session.CallAsync<string>("Echo", ["late"], Token));
        Assert.Equal(ExitCode.Refused, error.ExitsWith);
    }

    [Fact]
    public async Task Refused_call_has_its_code_and_its_whole_sentence()
    {
        await using var server = await EchoServer.StartAsync(Token);
        await using var session = await StartAsync(server);

        var error = await Assert.ThrowsAsync<HubCallException>(() => session.CallAsync<object?>("Refuse", [], Token));

        Assert.Equal("text_too_long", error.Code);
        Assert.Equal("A message may hold 32000 characters,\nthis one holds more.", error.Message);
    }

    [Fact]
    public async Task Stream_goes_through()
    {
        await using var server = await EchoServer.StartAsync(Token);
        await using var session = await StartAsync(server);

        Assert.Equal([1, 2, 3], await session.StreamAsync<int>("Count", [3], Token).ToListAsync(Token));
    }

    [Fact]
    public async Task Server_that_is_not_there_is_a_sentence()
    {
        var server = await EchoServer.StartAsync(Token);
        var address = server.Address;
        await server.DisposeAsync();
        await using var session = new HubSession(address, "token", _ => ValueTask.CompletedTask, TimeProvider.System);

        var error = await Assert.ThrowsAsync<ClientException>(() => session.StartAsync(Token));

        Assert.Equal(ExitCode.Unreachable, error.ExitsWith);
    }

    [Fact]
    public void Waiting_gets_longer_up_to_a_bound_and_begins_anew()
    {
        var backoff = new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), () => 1);

        Assert.Equal([1, 2, 4, 5, 5], Enumerable.Range(0, 5).Select(_ => backoff.Next().TotalSeconds));
        backoff.Reset();
        Assert.Equal(1, backoff.Next().TotalSeconds);
        Assert.Equal(0.5, new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), () => 0).Next().TotalSeconds);
    }

    private async Task<HubSession> StartAsync(EchoServer server)
    {
        var session = new HubSession(server.Address, "token", signal => _signals.Writer.WriteAsync(signal, Token), TimeProvider.System);
        await session.StartAsync(Token);
        return session;
    }

    private ValueTask<List<HubSignal>> TakeAsync(int count) => _signals.Reader.ReadAllAsync(Token).Take(count).ToListAsync(Token);
}
