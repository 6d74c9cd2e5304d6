using HubChat.Client.Sample.Contract;
using HubChat.Client.Sample.Hub;
using HubChat.Client.Sample.Live;
using HubChat.Client.Sample.State;
using HubChat.Client.Sample.Terminal;
using Xunit;

namespace HubChat.Tests.Client;

public sealed class ChatViewTests
{
    [Theory]
    [InlineData("owner", true)]
    [InlineData("member", true)]
    [InlineData("reader", false)]
    public async Task Only_readers_may_not_write(string role, bool mayWrite)
    {
        await using var session = new HubSession(new Uri("http://127.0.0.1:1"), "token", _ => ValueTask.CompletedTask, TimeProvider.System);
        await using var printed = new StringWriter();
        var reader = new ChatReader(session, "chat", _ => ValueTask.CompletedTask, TimeProvider.System);
        using var view = new ChatView(reader, new Transcript(new PlainScreen(printed), new Names()), new CancellationTokenSource());
        Assert.False(view.MayWrite(new User("ada", "ada", "Ada")));

        var chat = new Chat("chat", "title", "bob", new ChatSettings("always"), [new Participant("ada", "ada", "Ada", role)], 1);
        view.Show(ChatState.Changed(new ChatState("chat") { Chat = chat }, new ChatChange.PresenceChanged()), DateTimeOffset.UnixEpoch);

        Assert.Equal(mayWrite, view.MayWrite(new User("ada", "ada", "Ada")));
    }
}
