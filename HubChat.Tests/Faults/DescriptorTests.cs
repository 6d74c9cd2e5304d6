using System.Net;
using System.Net.Sockets;
using HubChat.Tests.App;
using Xunit;

namespace HubChat.Tests.Faults;

/// <summary>F51: somebody holds so many idle connections that the server could open no more files.</summary>
[Trait("Category", "Slow")]
public sealed class DescriptorTests
{
    // Some 350 are open when nobody is connected.
    private const int Descriptors = 1_024;
    private const int Idle = 1_500;
    private const int SendsEach = 30;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan AcceptedWithin = TimeSpan.FromSeconds(10);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Server_with_too_many_connections_goes_on_for_those_it_has_and_takes_new_ones_when_there_is_room()
    {
        await using var server = await FaultServer.StartAsync(Descriptors, Token, ("Assistant__DemoWordsPerSecond", "60"));
        await using var run = new RecordedRun();
        var (ada, bob) = await run.TwoPeopleAsync(server, Token);
        var eve = await server.SignUpAsync("eve", Token);

        var idle = await HoldAsync(server.Address);
        try
        {
            // A closed connection would only be seen by the next send, and they would come back: whoever is gone is looked for here.
            await Eventually.HoldsAsync(
                () => server.HasExited || server.Output.Contains("no more are taken", StringComparison.Ordinal), Token, Patience);
            Assert.False(server.HasExited, server.Output);
            Assert.False(await CanConnectAsync(eve));
            var talk = Task.WhenAll(AskAsync(ada, bob), SendAsync(ada, "a"), SendAsync(bob, "b"));
            await Eventually.HoldsAsync(() => server.HasExited || talk.IsCompleted, Token, Patience);
            Assert.False(server.HasExited, server.Output);
            await talk;
            Assert.Equal((1, 1), (ada.Connections, bob.Connections));
        }
        finally
        {
            idle.ForEach(socket => socket.Dispose());
        }

        await Eventually.HoldsAsync(() => CanConnectAsync(eve), Token, Patience);
        var final = await run.CheckAsync(server.Database, Token);

        Assert.Equal(1 + (2 * SendsEach), final.Chats.Single(chat => chat.Id == ada.State.ChatId).Messages.Count(message => message.Gen is null));
        Assert.Equal("ok", await StoredState.QuickCheckAsync(server.Database, Token));
    }

    private static async Task<List<Socket>> HoldAsync(Uri address)
    {
        var sockets = new List<Socket>();
        for (var i = 0; i < Idle; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            sockets.Add(socket);
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Token);
            deadline.CancelAfter(AcceptedWithin);
            try
            {
                await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, address.Port), deadline.Token);
            }
            catch (SocketException)
            {
                // Refused as it should be, so soon that it was never open.
            }
            catch (OperationCanceledException) when (!Token.IsCancellationRequested)
            {
                // The server takes nobody any more, and the kernel holds no more for it.
                break;
            }
        }

        return sockets;
    }

    private static async Task AskAsync(RecordingClient asker, RecordingClient other)
    {
        var asked = await asker.SendAsync("Tell us everything, @assistant", "ask", Token);
        await other.HoldsAsync(state => state.MessageOf(asked.ReplyId) is { IsUnfinished: false }, Token);
    }

    private static async Task SendAsync(RecordingClient client, string prefix)
    {
        for (var i = 0; i < SendsEach; i++)
        {
            await client.SendAsync($"Message {i}", $"{prefix}-{i}", Token);
        }
    }

    private static async Task<bool> CanConnectAsync(TestUser user)
    {
        try
        {
            await using var hub = await user.ConnectAsync(Token);
            await hub.CreateChatAsync(Token);
            return true;
        }
        catch (Exception refused) when (refused is HttpRequestException or IOException or System.Net.WebSockets.WebSocketException)
        {
            return false;
        }
    }
}
