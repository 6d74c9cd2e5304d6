using HubChat.Client.Sample.Commands;
using HubChat.Client.Sample.Contract;
using HubChat.Client.Sample.Hub;
using HubChat.Client.Sample.Terminal;

namespace HubChat.Client.Sample.Live;

/// <summary>A person at a screen: the chats, one open chat, and what is typed.</summary>
internal sealed class LiveClient : IAsyncDisposable
{
    private readonly ClientContext _context;
    private readonly IScreen _screen;
    private readonly HashSet<string> _expectedReplies = [];
    private readonly LiveCommands _commands;
    private readonly LiveInbox _inbox;
    private readonly Transcript _lobby;
    private CancellationToken _stopping;
    private DateTimeOffset _typedAt;
    private bool _connected;
    private bool _inputEnded;
    private int _failure = ExitCode.Ok;

    public LiveClient(ClientContext context, User me, IScreen screen)
    {
        _context = context;
        _screen = screen;
        Me = me;
        _lobby = new Transcript(screen, Names);
        Loop = new LiveLoop(Refresh, Failed);
        Session = context.NewSession(context.RequireToken(), TakeAsync);
        _commands = new LiveCommands(this);
        _inbox = new LiveInbox(this);
        Open = new OpenChat(this, screen);
    }

    public User Me { get; }
    public HubSession Session { get; }
    public LiveLoop Loop { get; }
    public OpenChat Open { get; }
    public ChatView? View => Open.View;
    public ClientContext Context => _context;
    public Names Names { get; } = new();
    public int Ending { get; private set; } = ExitCode.Ok;
    public bool SignsOut { get; set; }

    public void Note(string sentence, bool isError = false) =>
        (View?.Transcript ?? _lobby).Note(sentence, isError ? Palette.Error : Palette.Quiet);

    public void End(int exitCode = ExitCode.Ok)
    {
        Ending = exitCode;
        Loop.End();
    }

    /// <summary>Runs until <see cref="End"/>.</summary>
    public async Task<int> RunAsync(string? chat, CancellationToken cancellationToken)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _stopping = stopping.Token;
        await Session.StartAsync(cancellationToken);
        _connected = true;
        if (chat is not null)
        {
            await Open.OpenFirstAsync(chat, _stopping);
        }
        else
        {
            Open.StartEmpty();
            Note("Hello. /help says what can be typed here.");
            _commands.Run("/list");
        }

        Task[] running = [Loop.RunScreenAsync(_stopping), Loop.RunCallsAsync(_stopping), TickAsync(_stopping)];
        await Task.WhenAny(running);
        await stopping.CancelAsync();
        // Nobody shows anything any more, so nobody shall wait to be shown.
        Loop.End();
        foreach (var task in running)
        {
            try
            {
                await task;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // One of them has ended the others.
            }
        }

        return Ending;
    }

    /// <summary>A line that somebody typed.</summary>
    public void Enter(string line)
    {
        if (line.StartsWith('/'))
        {
            Command(line);
        }
        else if (View is { } view)
        {
            Post(view.ChatId, line);
        }
        else if (!string.IsNullOrWhiteSpace(line))
        {
            Command($"/open {line.Trim()}");
        }
    }

    /// <summary>What is sent later is told at once, or it would seem to be lost.</summary>
    public void NoteIfWaiting(string line)
    {
        if (!_connected)
        {
            Note($"waiting for the connection: {TerminalFilter.CleanLine(line)}");
        }
    }

    public void InputEnded() => _inputEnded = true;

    /// <summary>Tells the others, not more often than they need it.</summary>
    public void Typing(string text)
    {
        var now = _context.Time.GetUtcNow();
        if (View is { } view && view.MayWrite(Me) && _connected && text.Length > 0 && text[0] != '/' && now - _typedAt > TimeSpan.FromSeconds(3))
        {
            _typedAt = now;
            Loop.TryHint(token => Session.CallOnceAsync<object?>("Typing", [view.ChatId, true], token));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Open.DisposeAsync();
        await Session.DisposeAsync();
    }

    private void Command(string line)
    {
        try
        {
            _commands.Run(line);
        }
        catch (ClientException exception)
        {
            Failed(exception);
        }
    }

    private void Post(string chatId, string text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return;
        }

        var request = new PostRequest(chatId, text, Guid.CreateVersion7().ToString());
        var taken = Loop.TryCall(async token =>
        {
            var posted = await Session.CallAsync<PostResult>("PostMessage", [request], token);
            if (posted.ReplyId is { } replyId)
            {
                await Loop.ShowAsync(() => _expectedReplies.Add(replyId), token);
            }
        });
        if (!taken)
        {
            Note("This message was not sent: too many wait already.", isError: true);
        }
        else
        {
            NoteIfWaiting(text);
        }
    }

    private async ValueTask TakeAsync(HubSignal signal)
    {
        if (View is { } view)
        {
            await view.Reader.TakeAsync(signal, _stopping);
        }

        switch (signal)
        {
            case HubSignal.Connected { Number: var number }:
                await Loop.ShowAsync(() => Connected(number), _stopping);
                break;
            case HubSignal.Lost:
                await Loop.ShowAsync(() => _connected = false, _stopping);
                break;
            case HubSignal.Ended { Reason: var reason }:
                await Loop.ShowAsync(() =>
                {
                    Note(SessionEnd.Sentence(reason), isError: true);
                    End(ExitCode.Refused);
                }, _stopping);
                break;
            case HubSignal.Inbox { Update: var update }:
                await Loop.ShowAsync(() => _inbox.Take(update), _stopping);
                break;
        }
    }

    private void Connected(int number)
    {
        _connected = true;
        if (number > 1)
        {
            Note("Connected again.");
        }

        _inbox.Watch();
    }

    private async Task TickAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), _context.Time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            await Loop.ShowAsync(Tick, cancellationToken);
        }
    }

    private void Tick()
    {
        View?.Transcript.CatchUp(View.State);
        if (View is { State: { Messages.Count: > 0 } state } view && _connected && state.Messages.Keys.Last() > view.MarkedSeq)
        {
            view.MarkedSeq = state.Messages.Keys.Last();
            Loop.TryCall(token => Session.CallAsync<object?>("MarkRead", [view.ChatId, view.MarkedSeq], token));
        }

        _expectedReplies.RemoveWhere(id => View?.State.MessageOf(id) is { IsUnfinished: false });
        if (_inputEnded && Loop.IsIdle && (View is null || _expectedReplies.Count == 0))
        {
            // A script wants to know that something was refused.
            End(_failure);
        }
    }

    private void Failed(ClientException exception)
    {
        Note(TerminalFilter.CleanLine(exception.Message), isError: true);
        _failure = exception.ExitsWith;
    }

    private void Refresh()
    {
        _screen.Status(StatusLine.Of(View, Names, Me.Id, _connected, _context.Time.GetUtcNow()));
        _screen.Refresh();
    }
}
