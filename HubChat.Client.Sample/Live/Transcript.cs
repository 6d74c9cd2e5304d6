using System.Globalization;
using HubChat.Client.Sample.Contract;
using HubChat.Client.Sample.State;
using HubChat.Client.Sample.Terminal;
using Spectre.Console;

namespace HubChat.Client.Sample.Live;

/// <summary>
/// Tells a chat on a screen that only grows: each message once, a reply as it is written, and what happens around them.
/// </summary>
internal sealed class Transcript(IScreen screen, Names names)
{
    private const int Remembered = 2 * ChatState.MaximumMessages;

    /// <summary>With how much text a reply goes on after something came in between.</summary>
    private const int Worthwhile = 40;

    /// <summary>What was told to its end, with its text: a reply may be continued.</summary>
    private readonly OrderedDictionary<string, string> _shown = [];
    private readonly Dictionary<string, (ReplyTape Tape, TerminalFilter Filter)> _running = [];
    private string? _open;
    private bool _started;

    public void Show(ChatStep step)
    {
        names.Learn(step.State);
        foreach (var change in step.Changes)
        {
            switch (change)
            {
                case ChatChange.Replaced:
                    ShowAll(step.State);
                    break;
                case ChatChange.Happened { Event: var happened }:
                    Show(happened);
                    break;
                case ChatChange.TextChanged { MessageId: var id }:
                    ShowReply(step.State.MessageOf(id));
                    break;
                case ChatChange.Ended { Done: var done }:
                    ShowReply(step.State.MessageOf(done.MessageId));
                    break;
                case ChatChange.Closed { Reason: var reason }:
                    Note(reason == "deleted" ? "This chat was deleted." : "You are not in this chat any more.", Palette.Warning);
                    break;
            }
        }
    }

    /// <summary>Tells what was held back of replies. To be called every now and then.</summary>
    public void CatchUp(ChatState state)
    {
        foreach (var id in _running.Keys.ToList())
        {
            ShowReply(state.MessageOf(id), atOnce: true);
        }
    }

    /// <summary>A line of this program itself.</summary>
    public void Note(string sentence, Style? style = null)
    {
        EndRow();
        screen.Write(sentence, style ?? Palette.Quiet);
        screen.EndRow();
    }

    public void ShowOlder(IReadOnlyList<Message> messages)
    {
        Note("── older messages");
        foreach (var message in messages)
        {
            Header(message, names.Of(message));
            screen.Write(TerminalFilter.Clean(message.Text));
            screen.EndRow();
        }

        Note("── end of the older messages");
    }

    private void ShowAll(ChatState state)
    {
        if (!_started)
        {
            _started = true;
            var title = TerminalFilter.CleanLine(state.Chat!.Title);
            Note($"── {(title.Length == 0 ? "(no title yet)" : title)} · {string.Join(", ", state.Chat.Participants.Select(one => names.Of(one.UserId)))}");
            if (state.HasMore)
            {
                Note("   /more shows older messages");
            }
        }
        else if (state.HasMore && !state.Messages.Values.Any(message => _shown.ContainsKey(message.Id)))
        {
            Note("── much has happened; /more shows what is missing here");
        }

        foreach (var message in state.Messages.Values)
        {
            ShowMessage(message);
        }
    }

    private void Show(ChatEvent happened)
    {
        var actor = names.Of(happened.ActorId);
        switch (happened.Type)
        {
            case "message.posted" or "generation.completed":
                ShowMessage(happened.Message!);
                break;
            case "message.edited":
                Note($"{actor} said it differently:");
                ShowMessage(happened.Message!);
                break;
            case "message.deleted":
                _running.Remove(happened.MessageId ?? "");
                Note($"{actor} deleted a message.");
                break;
            case "generation.queued" when _shown.Remove(happened.Message!.Id, out var told):
                // A reply that is being continued: what stands there already is not told twice.
                _running[happened.Message.Id] = (new ReplyTape(told), new TerminalFilter());
                break;
            case "participant.joined":
                names.Learn(happened.Participant!);
                Note($"{names.Of(happened.Participant!.UserId)} is in this chat now.");
                break;
            case "participant.left":
                Note(happened.ActorId is null || happened.ActorId == happened.UserId
                    ? $"{names.Of(happened.UserId)} has left."
                    : $"{actor} removed {names.Of(happened.UserId)}.");
                break;
            case "participant.roleChanged":
                Note($"{names.Of(happened.UserId)} is now {TerminalFilter.CleanLine(happened.Role)}.");
                break;
            case "chat.renamed":
                Note($"This chat is now called “{TerminalFilter.CleanLine(happened.Title)}”.");
                break;
            case "chat.settingsChanged":
                Note($"The assistant answers: {TerminalFilter.CleanLine(happened.Settings?.Assistant)}.");
                break;
        }
    }

    private void ShowMessage(Message message)
    {
        if (message.IsReply)
        {
            ShowReply(message);
        }
        else if (message.DeletedAt is null && Remember(message))
        {
            Header(message, names.Of(message));
            screen.Write(TerminalFilter.Clean(message.Text));
            screen.EndRow();
        }
    }

    private void ShowReply(Message? message, bool atOnce = false)
    {
        if (message is null || message.DeletedAt is not null || _shown.ContainsKey(message.Id))
        {
            return;
        }

        var ended = !message.IsUnfinished;
        if (!_running.TryGetValue(message.Id, out var reply))
        {
            reply = (new ReplyTape(), new TerminalFilter());
            _running.Add(message.Id, reply);
        }

        // A lively chat would break a reply into a row for each of its words.
        var begun = reply.Tape.Length > 0;
        if (begun && !ended && !atOnce && _open != message.Id && message.Text.Length < reply.Tape.Length + Worthwhile)
        {
            return;
        }

        var (added, anew) = reply.Tape.Show(message.Text, ended);
        if (anew)
        {
            Note("↻ the reply was restarted; the whole text anew:", Palette.Warning);
            reply = (reply.Tape, new TerminalFilter());
            _running[message.Id] = reply;
        }

        if (added.Length > 0)
        {
            if (_open != message.Id)
            {
                Header(message, begun && !anew ? $"{Names.Assistant} goes on" : Names.Assistant);
                _open = message.Id;
            }

            screen.Write(reply.Filter.Pass(added));
        }

        if (ended)
        {
            _running.Remove(message.Id);
            Remember(message);
            if (_open == message.Id)
            {
                screen.Write(reply.Filter.End());
            }

            EndRow();
            ShowEnd(message);
        }
    }

    private void ShowEnd(Message message)
    {
        var why = message.Error is { } error ? $": {TerminalFilter.CleanLine(error.Words)}" : "";
        switch (message.State)
        {
            case "stopped":
                Note(message.StoppedBy is { } who ? $"[stopped by {names.Of(who)}]" : "[stopped]");
                break;
            case "failed":
                Note($"[the reply failed{why}]", Palette.Error);
                break;
            case "interrupted":
                Note($"[the reply was interrupted{why}; /continue goes on with it]", Palette.Warning);
                break;
        }
    }

    /// <summary>False when it was told before.</summary>
    private bool Remember(Message message)
    {
        if (_shown.Count >= Remembered)
        {
            _shown.RemoveAt(0);
        }

        return _shown.TryAdd(message.Id, message.Text);
    }

    private void Header(Message message, string name)
    {
        EndRow();
        screen.Write(message.CreatedAt.ToLocalTime().ToString("HH:mm ", CultureInfo.InvariantCulture), Palette.Quiet);
        screen.Write(name, message.IsReply ? Palette.Assistant : Palette.Of(message.AuthorId));
        screen.Write(": ", Palette.Quiet);
    }

    private void EndRow()
    {
        screen.EndRow();
        _open = null;
    }
}
