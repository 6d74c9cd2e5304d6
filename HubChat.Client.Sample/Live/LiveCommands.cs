using HubChat.Client.Sample.Commands;
using HubChat.Client.Sample.Contract;
using HubChat.Client.Sample.State;
using HubChat.Client.Sample.Terminal;

namespace HubChat.Client.Sample.Live;

/// <summary>What can be typed after a slash.</summary>
internal sealed class LiveCommands(LiveClient client)
{
    private IReadOnlyList<ChatSummary> _listed = [];
    private long? _olderThan;
    private string _line = "";

    /// <exception cref="ClientException">Its arguments are not those of the command; nothing was done.</exception>
    public void Run(string line)
    {
        _line = line;
        var space = line.IndexOf(' ', StringComparison.Ordinal);
        var name = space < 0 ? line : line[..space];
        var rest = space < 0 ? "" : line[space..].Trim();
        switch (name)
        {
            case "/help" or "/?":
                Tell(HelpText.Live);
                break;
            case "/quit" or "/exit":
                client.End();
                break;
            case "/list":
                Call(ListAsync);
                break;
            case "/open":
                var which = CommandArguments.Chat(rest);
                Call(token => OpenAsync(which, token));
                break;
            case "/search":
                var words = CommandArguments.Query(rest);
                Call(token => SearchAsync(words, token));
                break;
            case "/new":
                Call(token => NewAsync(rest, token));
                break;
            case "/logout":
                client.SignsOut = true;
                client.End();
                break;
            default:
                if (client.View is { State.Chat: { } chat } view)
                {
                    RunInChat(name, rest, view, chat);
                }
                else
                {
                    Tell($"{TerminalFilter.CleanLine(name)} is not known here, or needs an open chat; /help lists what is.");
                }

                break;
        }
    }

    private void RunInChat(string name, string rest, ChatView view, Chat chat)
    {
        switch (name)
        {
            case "/close":
                Call(client.Open.CloseAsync);
                break;
            case "/who":
                Who(view.State, chat);
                break;
            case "/stop":
                Stop(view.State);
                break;
            case "/continue":
                Reply(view.State, "ContinueReply");
                break;
            case "/again":
                Reply(view.State, "Regenerate");
                break;
            case "/more":
                Call(token => MoreAsync(view, token));
                break;
            case "/invite":
                var (who, role) = CommandArguments.Invitation(rest);
                Send("AddParticipant", new AddParticipantRequest(chat.Id, who, role));
                break;
            case "/rename":
                Send("RenameChat", new RenameChatRequest(chat.Id, CommandArguments.Title(rest)));
                break;
            case "/assistant":
                Send("UpdateChatSettings", new UpdateChatSettingsRequest(chat.Id, Assistant: CommandArguments.AssistantMode(rest)));
                break;
            case "/models":
                Call(token => ModelsAsync(chat, token));
                break;
            case "/model":
                Send("UpdateChatSettings", new UpdateChatSettingsRequest(chat.Id, Model: CommandArguments.Model(rest)));
                break;
            case "/remove":
                Remove(chat, CommandArguments.UserName(rest));
                break;
            case "/leave":
                Once("RemoveParticipant", new RemoveParticipantRequest(chat.Id, client.Me.Id));
                break;
            case "/delete" when rest == "yes":
                Once("DeleteChat", chat.Id);
                break;
            case "/delete":
                Tell("This deletes the chat for everybody and for good. If you mean it: /delete yes");
                break;
            default:
                Tell($"{TerminalFilter.CleanLine(name)} is not known; /help lists what is.");
                break;
        }
    }

    private async Task ListAsync(CancellationToken cancellationToken)
    {
        await FetchListAsync(cancellationToken);
        await client.Loop.ShowAsync(() =>
        {
            Tell(_listed.Count == 0 ? "You are in no chat yet. /new makes one." : "Your chats (/open N):");
            foreach (var (chat, number) in _listed.Select((chat, index) => (chat, index + 1)))
            {
                var people = chat.ParticipantCount == 1 ? "you alone" : $"{chat.ParticipantCount} people";
                Tell($"{number,4}  {ChatCommands.TitleOf(chat)} · {people}{(chat.Unread > 0 ? $" · {chat.Unread} new" : "")}{(chat.Running ? " · assistant is writing" : "")}");
            }
        }, cancellationToken);
    }

    private async Task FetchListAsync(CancellationToken cancellationToken) =>
        _listed = (await client.Session.CallAsync<ChatList>("ListChats", [new ListChatsRequest()], cancellationToken)).Chats;

    private async Task OpenAsync(string which, CancellationToken cancellationToken)
    {
        // Numbers are those of the list that was shown; titles are looked up in the newest one.
        var isNumber = int.TryParse(which, out var number);
        if (_listed.Count == 0 || !isNumber)
        {
            await FetchListAsync(cancellationToken);
        }

        var id = isNumber && number >= 1 && number <= _listed.Count ? _listed[number - 1].Id
            : Guid.TryParse(which, out _) ? which
            : _listed.FirstOrDefault(chat => chat.Title.StartsWith(which, StringComparison.OrdinalIgnoreCase))?.Id;
        if (id is null)
        {
            throw new ClientException(ExitCode.Usage, "There is no such chat in your list. /list shows them, /open N opens one.");
        }

        _olderThan = null;
        await client.Open.OpenAsync(id, cancellationToken);
    }

    private async Task SearchAsync(string words, CancellationToken cancellationToken)
    {
        var page = await client.Session.CallAsync<SearchPage>("SearchMessages", [new SearchMessagesRequest(words)], cancellationToken);
        await client.Loop.ShowAsync(() =>
        {
            Tell(page.Hits.Count == 0 ? "Nothing was found." : page.Next is null ? "Found, newest first:" : $"The newest {page.Hits.Count} of what was found:");
            foreach (var hit in page.Hits)
            {
                Tell($"  {TerminalFilter.CleanLine(hit.ChatTitle)} · {TerminalFilter.CleanLine(hit.AuthorName)}: {TerminalFilter.CleanLine(hit.Snippet.Text)}");
            }
        }, cancellationToken);
    }

    private async Task NewAsync(string title, CancellationToken cancellationToken)
    {
        var chat = await client.Session.CallOnceAsync<Chat>(
            "CreateChat", [new CreateChatRequest(title.Length == 0 ? null : title)], cancellationToken);
        _olderThan = null;
        await client.Open.OpenAsync(chat.Id, cancellationToken);
    }

    private async Task MoreAsync(ChatView view, CancellationToken cancellationToken)
    {
        var before = _olderThan ?? (view.State.Messages.IsEmpty ? null : view.State.Messages.Keys.First());
        var page = await client.Session.CallAsync<MessagePage>(
            "GetMessages", [new GetMessagesRequest(view.ChatId, before, 50)], cancellationToken);
        _olderThan = page.Messages is [var oldest, ..] ? oldest.Seq : before;
        await client.Loop.ShowAsync(() =>
        {
            if (page.Messages.Count == 0)
            {
                Tell("There are no older messages.");
            }
            else
            {
                view.Transcript.ShowOlder(page.Messages);
            }
        }, cancellationToken);
    }

    private void Who(ChatState state, Chat chat)
    {
        foreach (var person in chat.Participants)
        {
            var here = state.Present.Contains(person.UserId) ? " · here now" : "";
            var me = person.UserId == client.Me.Id ? " · you" : "";
            Tell($"  {client.Names.Of(person.UserId)} (@{TerminalFilter.CleanLine(person.Username)}) · {TerminalFilter.CleanLine(person.Role)}{here}{me}");
        }

        Tell($"  the assistant answers: {TerminalFilter.CleanLine(chat.Settings.Assistant)}");
    }

    private async Task ModelsAsync(Chat chat, CancellationToken cancellationToken)
    {
        var list = await client.Session.CallAsync<ModelList>("ListModels", [], cancellationToken);
        await client.Loop.ShowAsync(() =>
        {
            Tell("Models (/model NAME):");
            foreach (var model in list.Models)
            {
                var isChosen = model.Name == chat.Settings.Model || (model.Default && chat.Settings.Model is null);
                Tell($"  {TerminalFilter.CleanLine(model.Name)}{(model.Default ? " · default" : "")}{(isChosen ? " · this chat's" : "")}");
            }
        }, cancellationToken);
    }

    private void Stop(ChatState state)
    {
        var unfinished = state.Messages.Values.Where(message => message is { IsUnfinished: true, GenerationId: not null }).ToList();
        if ((unfinished.FirstOrDefault(message => message.State == "running") ?? unfinished.LastOrDefault()) is { GenerationId: { } id })
        {
            Call(token => client.Session.CallAsync<StopResult>("StopGeneration", [id], token));
        }
        else
        {
            Tell("No reply is being written.");
        }
    }

    private void Reply(ChatState state, string method)
    {
        if (state.Messages.Values.LastOrDefault(message => message is { IsReply: true, DeletedAt: null }) is { } reply)
        {
            Once(method, new MessageRequest(state.ChatId, reply.Id));
        }
        else
        {
            Tell("There is no reply yet.");
        }
    }

    private void Remove(Chat chat, string who)
    {
        if (chat.Participants.FirstOrDefault(one => one.Username.Equals(who, StringComparison.OrdinalIgnoreCase)) is { } person)
        {
            Once("RemoveParticipant", new RemoveParticipantRequest(chat.Id, person.UserId));
        }
        else
        {
            Tell("Nobody of that user name is in this chat; /who shows the names.");
        }
    }

    private void Send(string method, object argument) =>
        Call(token => client.Session.CallAsync<object?>(method, [argument], token));

    /// <summary>For what would be refused, or done again, the second time.</summary>
    private void Once(string method, object argument) =>
        Call(token => client.Session.CallOnceAsync<object?>(method, [argument], token));

    private void Call(Func<CancellationToken, Task> call)
    {
        if (!client.Loop.TryCall(call))
        {
            Tell("That was not done: too much waits already.");
        }
        else
        {
            client.NoteIfWaiting(_line);
        }
    }

    private void Tell(string sentence) => client.Note(sentence);
}
