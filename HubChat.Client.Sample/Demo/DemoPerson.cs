using HubChat.Client.Sample.Commands;
using HubChat.Client.Sample.Contract;
using HubChat.Client.Sample.Hub;
using HubChat.Client.Sample.State;
using HubChat.Client.Sample.Terminal;

namespace HubChat.Client.Sample.Demo;

/// <summary>A made-up person: signs up, watches, remembers what a terminal would have printed, and deletes the account.</summary>
internal sealed class DemoPerson : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly ClientContext _context;
    private readonly string _password;
    private readonly string _token;
    private readonly Dictionary<string, SeenReply> _seen = [];
    private readonly Dictionary<string, ReplyTape> _tapes = [];
    private readonly Action _changed;
    private readonly CancellationTokenSource _leaving = new();
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ChatReader? _reader;
    private Task _watching = Task.CompletedTask;

    private DemoPerson(ClientContext context, SignedIn signedIn, string password, Action changed)
    {
        _context = context;
        _password = password;
        _token = signedIn.Token;
        _changed = changed;
        User = signedIn.User;
        Session = context.NewSession(signedIn.Token, signal => _reader?.TakeAsync(signal, _leaving.Token) ?? ValueTask.CompletedTask);
    }

    public User User { get; }
    public HubSession Session { get; }

    public static async Task<DemoPerson> SignUpAsync(
        ClientContext context, string displayName, Action changed, CancellationToken cancellationToken)
    {
        var suffix = Guid.NewGuid().ToString("N")[..10];
        var username = $"demo-{displayName.ToLowerInvariant()}-{suffix}";
        var password = $"{Guid.NewGuid():N}-Demo!";
        var signedIn = await context.Auth.SignUpAsync(username, $"{username}@example.com", password, displayName, cancellationToken);
        var person = new DemoPerson(context, signedIn, password, changed);
        try
        {
            await person.Session.StartAsync(cancellationToken);
            return person;
        }
        catch
        {
            await person.DisposeAsync();
            throw;
        }
    }

    public void Watch(string chatId)
    {
        _reader = new ChatReader(Session, chatId, TakeAsync, _context.Time);
        _watching = _reader.RunAsync(_leaving.Token);
    }

    public SeenReply Seen(string messageId)
    {
        lock (_lock)
        {
            return _seen.GetValueOrDefault(messageId) ?? new SeenReply("", 0, false, null, null);
        }
    }

    /// <summary>Until what was seen of a reply is as wanted.</summary>
    public async Task WaitAsync(string messageId, Func<SeenReply, bool> wanted, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task next;
            lock (_lock)
            {
                next = _next.Task;
            }

            if (wanted(Seen(messageId)))
            {
                return;
            }

            // When watching fails, waiting for it would never end.
            await await Task.WhenAny(next, _watching).WaitAsync(cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _leaving.CancelAsync();
        try
        {
            await _watching;
        }
        catch (Exception exception) when (exception is OperationCanceledException or ClientException)
        {
            // Nothing is watched any more, for whatever reason.
        }

        await Session.DisposeAsync();
        _leaving.Dispose();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        await _context.Auth.DeleteMeAsync(_token, _password, patience.Token);
    }

    private ValueTask TakeAsync(ChatStep step)
    {
        lock (_lock)
        {
            foreach (var change in step.Changes)
            {
                switch (change)
                {
                    case ChatChange.TextChanged { MessageId: var id }:
                        Print(step.State.MessageOf(id));
                        break;
                    case ChatChange.Happened { Event: { Type: "generation.completed", Message: { } message } }:
                        Print(message);
                        break;
                    case ChatChange.Replaced:
                        step.State.Messages.Values.Where(message => message.IsReply).ToList().ForEach(Print);
                        break;
                    case ChatChange.Ended { Done: var done }:
                        Print(step.State.MessageOf(done.MessageId));
                        _seen[done.MessageId] = _seen[done.MessageId] with { Hash = done.Hash };
                        break;
                }
            }

            _next.TrySetResult();
            _next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        _changed();
        return ValueTask.CompletedTask;
    }

    private void Print(Message? message)
    {
        if (message is null)
        {
            return;
        }

        var tape = _tapes.GetValueOrDefault(message.Id) ?? new ReplyTape();
        _tapes[message.Id] = tape;
        var (added, anew) = tape.Show(message.Text, ended: !message.IsUnfinished);
        var before = _seen.GetValueOrDefault(message.Id) ?? new SeenReply("", 0, false, null, null);
        _seen[message.Id] = before with
        {
            Printed = anew ? added : before.Printed + added,
            Pieces = before.Pieces + (added.Length > 0 ? 1 : 0),
            Restarted = tape.Restarted,
            State = message.IsUnfinished ? before.State : message.State,
        };
    }
}
