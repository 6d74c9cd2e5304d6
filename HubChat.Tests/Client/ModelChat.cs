using System.Globalization;
using HubChat.Client.Sample.Contract;
using HubChat.Client.Sample.State;

namespace HubChat.Tests.Client;

/// <summary>
/// A chat as a server keeps it, small and obviously right: what happens gives updates, in order, and a watch is
/// answered from any position. Numbers choose what happens, so that a list of them is a whole history.
/// </summary>
internal sealed class ModelChat
{
    public const string Id = "chat";

    private readonly List<ChatEvent> _events = [];
    private readonly List<Message> _messages = [];
    private readonly Dictionary<string, (long Epoch, string Text)> _running = [];
    private string _title = "first";

    public List<ChatUpdate> Updates { get; } = [];

    private long Top => _events.Count;

    public void Happen(int choice, int detail)
    {
        var reply = _messages.LastOrDefault(message => message.IsUnfinished);
        switch (choice % 10)
        {
            case 0:
                Post();
                break;
            case 1 or 2 when reply is null:
                Queue(new Message(NewId(), Top + 1, "assistant", "", "queued", default) { GenerationId = "g" + Top });
                break;
            case 1 or 2 or 3 when reply is { State: "queued" }:
                Start(reply);
                break;
            case 4 when reply is { State: "running" }:
                Queue(reply with { Text = "", State = "queued" });
                break;
            case 5 when reply is { State: "running" }:
                Reset(reply, keep: detail % 2 == 0);
                break;
            case 6 when reply is { State: "running" }:
                End(reply, detail % 3 == 0 ? "stopped" : "done");
                break;
            case 7 when detail % 4 == 0 && _messages.Count > 0:
                Delete(_messages[detail % _messages.Count]);
                break;
            case 8 when detail % 4 == 0:
                _title = "title " + detail.ToString(CultureInfo.InvariantCulture);
                Record(new ChatEvent(Top + 1, "chat.renamed", default) { Title = _title });
                break;
            default:
                if (reply is { State: "running" })
                {
                    Write(reply, "abc🙂de"[..(1 + (detail % 3))] + detail.ToString(CultureInfo.InvariantCulture));
                }

                break;
        }
    }

    public WatchResult Watch(WatchRequest request)
    {
        var generations = _running.Select(one => new GenerationPosition(one.Key, one.Value.Epoch, one.Value.Text.Length)).ToList();
        var position = new Position(Top, generations);
        if (request.AfterSeq is not { } after || after > Top)
        {
            var chat = new Chat(Id, _title, "ada", new ChatSettings("always"), [], Top);
            return new WatchResult(Id, position) { Snapshot = new ChatSnapshot(chat, [.. _messages], false, []) };
        }

        return new WatchResult(Id, position)
        {
            Events = [.. _events.Skip((int)after).Select(AsNow)],
            Replies = [.. _running.Select(one => Missed(one.Key, request.Generations ?? []))],
        };
    }

    private ReplyDelta Missed(string generation, IReadOnlyList<GenerationPosition> known)
    {
        var (epoch, text) = _running[generation];
        var message = _messages.Single(one => one.GenerationId == generation);
        return known.FirstOrDefault(one => one.Id == generation) is { } at && at.Epoch == epoch && at.Off <= text.Length
            ? new ReplyDelta("delta", generation, message.Id) { Epoch = epoch, Off = at.Off, Text = text[(int)at.Off..] }
            : new ReplyDelta("reset", generation, message.Id) { Epoch = epoch, Text = text };
    }

    private ChatEvent AsNow(ChatEvent happened) => happened.Message is null
        ? happened
        : happened with { Message = _messages.Single(message => message.Id == happened.Message.Id) };

    private void Post()
    {
        var message = new Message(NewId(), Top + 1, "user", "hello", "done", default) { AuthorId = "ada" };
        _messages.Add(message);
        Record(new ChatEvent(Top + 1, "message.posted", default) { Message = message });
    }

    private void Queue(Message reply)
    {
        _running.Remove(reply.GenerationId!);
        Replace(reply);
        Record(new ChatEvent(Top + 1, "generation.queued", default) { Message = reply });
    }

    private void Start(Message reply)
    {
        Replace(reply with { State = "running" });
        _running[reply.GenerationId!] = (Top + 1, "");
        Record(new ChatEvent(Top + 1, "generation.started", default) { MessageId = reply.Id, GenerationId = reply.GenerationId, Epoch = Top + 1 });
        Send(reply, "reset", Top, 0, "");
    }

    private void Reset(Message reply, bool keep)
    {
        var (epoch, text) = _running[reply.GenerationId!];
        text = keep ? text : "";
        _running[reply.GenerationId!] = (epoch + 1000, text);
        Replace(reply with { Text = text });
        Send(reply, "reset", epoch + 1000, 0, text);
    }

    private void Write(Message reply, string added)
    {
        var (epoch, text) = _running[reply.GenerationId!];
        _running[reply.GenerationId!] = (epoch, text + added);
        Replace(reply with { Text = text + added });
        Send(reply, "delta", epoch, text.Length, added);
    }

    private void End(Message reply, string state)
    {
        var (epoch, text) = _running[reply.GenerationId!];
        var ended = reply with { Text = text, State = state };
        _running.Remove(reply.GenerationId!);
        Replace(ended);
        Finish(reply, epoch, text, state);
        Record(new ChatEvent(Top + 1, "generation.completed", default) { Message = ended });
    }

    private void Finish(Message reply, long epoch, string text, string state) => Updates.Add(new ChatUpdate("done", Id)
    {
        GenerationId = reply.GenerationId,
        MessageId = reply.Id,
        Epoch = epoch,
        State = state,
        Length = text.Length,
        Hash = ReplyText.Hash(text),
    });

    /// <summary>A reply that is being written ends without text first; its stored end comes when the model has let go.</summary>
    private void Delete(Message message)
    {
        var isRunning = message.State == "running";
        if (isRunning)
        {
            Reset(message, keep: false);
            Finish(message, _running[message.GenerationId!].Epoch, "", "stopped");
            _running.Remove(message.GenerationId!);
        }

        var deleted = message with { Text = "", DeletedAt = default(DateTimeOffset), State = message.IsUnfinished ? "stopped" : message.State };
        Replace(deleted);
        Record(new ChatEvent(Top + 1, "message.deleted", default) { MessageId = message.Id });
        if (isRunning)
        {
            Record(new ChatEvent(Top + 1, "generation.completed", default) { Message = deleted });
        }
    }

    private void Send(Message reply, string kind, long epoch, long off, string text) => Updates.Add(new ChatUpdate(kind, Id)
    {
        GenerationId = reply.GenerationId,
        MessageId = reply.Id,
        Epoch = epoch,
        Off = off,
        Text = text,
    });

    private void Record(ChatEvent happened)
    {
        _events.Add(happened);
        Updates.Add(new ChatUpdate("event", Id) { Event = happened });
    }

    private void Replace(Message message)
    {
        var index = _messages.FindIndex(one => one.Id == message.Id);
        if (index < 0)
        {
            _messages.Add(message);
        }
        else
        {
            _messages[index] = message;
        }
    }

    private string NewId() => "m" + (Top + 1).ToString(CultureInfo.InvariantCulture);
}
