using HubChat.Client.Sample.Contract;
using HubChat.Client.Sample.Live;
using HubChat.Client.Sample.State;
using HubChat.Client.Sample.Terminal;
using Xunit;

namespace HubChat.Tests.Client;

public sealed class TranscriptTests : IDisposable
{
    private const string ChatId = "chat";

    private readonly StringWriter _printed = new() { NewLine = "\n" };
    private readonly Transcript _transcript;
    private ChatState _state = new(ChatId);

    public TranscriptTests() => _transcript = new Transcript(new PlainScreen(_printed), new Names());

    public void Dispose() => _printed.Dispose();

    [Fact]
    public void Message_is_told_once_however_often_the_chat_is_watched()
    {
        Watch(Posted(2, "Hello"));
        Watch(Posted(2, "Hello"), Posted(3, "again"));

        Assert.Equal(["Ada: Hello", "Ada: again"], Messages());
    }

    [Fact]
    public void Reply_goes_on_in_its_row_over_a_second_watch()
    {
        Watch(Reply("One two", "running"));
        Watch(Reply("One two three", "running"));
        Watch(Reply("One two three four", "done"));

        Assert.Equal(["assistant: One two three four"], Messages());
    }

    [Fact]
    public void Message_in_between_breaks_the_row_of_a_reply()
    {
        Watch(Reply("One", "running"));
        Watch(Reply("One", "running"), Posted(3, "wait"));
        Watch(Reply("One two", "done"), Posted(3, "wait"));

        Assert.Equal(["assistant: One", "Ada: wait", "assistant goes on: two"], Messages());
    }

    [Fact]
    public void Interrupted_reply_goes_on_when_it_is_worth_a_row()
    {
        Watch(Reply("One", "running"));
        Watch(Reply("One two", "running"), Posted(3, "wait"));
        Watch(Reply("One two three", "running"), Posted(3, "wait"));
        Assert.Equal(["assistant: One two", "Ada: wait"], Messages());

        _transcript.CatchUp(_state);

        Assert.Equal(["assistant: One two", "Ada: wait", "assistant goes on: three"], Messages());
    }

    [Fact]
    public void Restarted_reply_is_marked_and_told_anew()
    {
        Watch(Reply("One two", "running"));
        Watch(Reply("Uno", "running"));
        Watch(Reply("Uno dos", "done"));

        Assert.Equal(["assistant: One two", "↻ the reply was restarted; the whole text anew:", "assistant: Uno dos"], Messages());
    }

    [Fact]
    public void Continued_reply_adds_to_what_stands_there()
    {
        Watch(Reply("One", "stopped"));
        Take(new ChatUpdate("event", ChatId)
        {
            Event = new ChatEvent(11, "generation.queued", default) { Message = Reply("One", "queued") with { GenerationId = "g2" } },
        });
        Watch(Reply("One two", "done") with { GenerationId = "g2" });

        Assert.Equal(["assistant: One", "[stopped]", "assistant goes on: two"], Messages());
    }

    [Fact]
    public void Text_of_others_cannot_command_the_terminal()
    {
        Watch(Posted(2, "a\e[31mb\e]0;title\ac\n[red]d[/]"));

        Assert.Equal(["Ada: abc", "[red]d[/]"], Messages());
        Assert.DoesNotContain('\e', _printed.ToString());
    }

    [Fact]
    public void Nobody_passes_for_the_assistant()
    {
        Watch(new Participant("eve", "eve77", "\e[1mAssistant", "member"), Posted(2, "trust me") with { AuthorId = "eve" });

        Assert.Equal(["Assistant (eve77): trust me"], Messages());
    }

    [Fact]
    public void Failed_reply_says_why()
    {
        Watch(Reply("", "failed") with { Error = new ReplyError("stalled", "The model fell silent.") });

        Assert.Equal(["[the reply failed: The model fell silent.]"], Messages());
    }

    [Fact]
    public void Reply_that_a_limit_ended_says_when_to_ask_again()
    {
        var at = new DateTimeOffset(2026, 11, 22, 10, 5, 0, TimeSpan.Zero);

        Watch(Reply("", "failed") with { Error = new ReplyError("quota_exceeded", "The limit is reached.", at) });

        Assert.Equal([$"[the reply failed: The limit is reached. Again from {at.ToLocalTime():yyyy-MM-dd HH:mm:ss}.]"], Messages());
    }

    private static Message Posted(long seq, string text) => new("m" + seq, seq, "user", text, "done", default) { AuthorId = "ada" };

    private static Message Reply(string text, string state) => new("reply", 2, "assistant", text, state, default) { GenerationId = "g" };

    private void Watch(params Message[] messages) => Watch(new Participant("ada", "ada", "Ada", "owner"), messages);

    private void Watch(Participant person, params Message[] messages)
    {
        var chat = new Chat(ChatId, "title", person.UserId, new ChatSettings("always"), [person], 10);
        var running = messages.Where(message => message.State == "running")
            .Select(message => new GenerationPosition(message.GenerationId!, 1, message.Text.Length)).ToList();
        Take(new ChatUpdate("resync", ChatId)
        {
            Watch = new WatchResult(ChatId, new Position(10, running)) { Snapshot = new ChatSnapshot(chat, messages, false, []) },
        });
    }

    private void Take(ChatUpdate update)
    {
        var step = _state.Apply(update);
        _state = step.State;
        _transcript.Show(step);
    }

    /// <summary>Without the times and the title.</summary>
    private IEnumerable<string> Messages() => _printed.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1)
        .Select(line => line.Length > 6 && line[2] == ':' ? line[6..] : line).Select(line => line.Replace("  ", " ", StringComparison.Ordinal).TrimEnd());
}
