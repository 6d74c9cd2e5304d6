using HubChat.Client.Sample.Contract;
using HubChat.Client.Sample.Hub;
using HubChat.Client.Sample.State;

namespace HubChat.Client.Sample.Live;

/// <summary>The chat on the screen. Its state belongs to the screen's task.</summary>
internal sealed class ChatView(ChatReader reader, Transcript transcript, CancellationTokenSource closing) : IDisposable
{
    private readonly Dictionary<string, DateTimeOffset> _typingUntil = [];

    public string ChatId => reader.ChatId;
    public ChatReader Reader => reader;
    public Transcript Transcript => transcript;
    public ChatState State { get; private set; } = new(reader.ChatId);
    public Task Following { get; set; } = Task.CompletedTask;
    public long MarkedSeq { get; set; }

    public bool MayWrite(User user) => State.Chat?.Participants.FirstOrDefault(one => one.UserId == user.Id) is { Role: not "reader" };

    public void Show(ChatStep step, DateTimeOffset now)
    {
        State = step.State;
        foreach (var change in step.Changes)
        {
            if (change is ChatChange.TypingChanged { UserId: var userId, Typing: true })
            {
                _typingUntil[userId] = now.AddSeconds(6);
            }
            else if (change is ChatChange.TypingChanged { UserId: var pausing })
            {
                _typingUntil.Remove(pausing);
            }
            else if (change is ChatChange.Happened { Event: { Type: "message.posted", ActorId: { } author } })
            {
                // What was being typed is here.
                _typingUntil.Remove(author);
            }
        }

        transcript.Show(step);
    }

    public IEnumerable<string> Typing(DateTimeOffset now) => _typingUntil.Where(one => one.Value > now).Select(one => one.Key);

    public async Task CloseAsync()
    {
        await closing.CancelAsync();
        await Following;
    }

    public void Dispose() => closing.Dispose();
}
