using HubChat.Client.Sample.Commands;
using HubChat.Client.Sample.Contract;
using HubChat.Client.Sample.Terminal;

namespace HubChat.Client.Sample.Live;

/// <summary>Tells of chats that somebody else has brought this person into.</summary>
internal sealed class LiveInbox(LiveClient client)
{
    private readonly HashSet<string> _known = [];

    public void Watch() => client.Loop.TryCall(async cancellationToken =>
    {
        var list = await client.Session.CallAsync<ChatList>("WatchInbox", [], cancellationToken);
        await client.Loop.ShowAsync(() => _known.UnionWith(list.Chats.Select(chat => chat.Id)), cancellationToken);
    });

    public void Take(InboxUpdate update)
    {
        switch (update)
        {
            case { Kind: "chat", Chat: { } chat }:
                if (_known.Add(chat.Id) && chat.Role != "owner")
                {
                    var how = chat.Title.Length > 0 ? TerminalFilter.CleanLine(chat.Title) : TerminalFilter.CleanLine(chat.Id);
                    client.Note($"You are in a new chat: {ChatCommands.TitleOf(chat)}. /open {how}");
                }

                break;
            case { Kind: "removed", ChatId: { } id }:
                _known.Remove(id);
                break;
            case { Kind: "resync" }:
                Watch();
                break;
        }
    }
}
