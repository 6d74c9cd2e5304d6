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

    public void Show(ChatStep step, DateTimeOffset now)
    {
        State = step.State;
        foreach (var typing in step.Changes.OfType<ChatChange.TypingChanged>())
        {
            _typingUntil[typing.UserId] = typing.Typing ? now.AddSeconds(6) : now;
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
