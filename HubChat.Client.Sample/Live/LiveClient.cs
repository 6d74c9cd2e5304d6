using HubChat.Client.Sample.Commands;
using HubChat.Client.Sample.Contract;
using HubChat.Client.Sample.Hub;
using HubChat.Client.Sample.State;
using HubChat.Client.Sample.Terminal;

namespace HubChat.Client.Sample.Live;

/// <summary>A person at a screen: the chats, one open chat, and what is typed.</summary>
internal sealed class LiveClient : IAsyncDisposable
{
    private readonly ClientContext _context;
    private readonly IScreen _screen;
    private readonly Names _names = new();
    private readonly HashSet<string> _expectedReplies = [];
    private readonly LiveCommands _commands;
    private readonly LiveInbox _inbox;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile ChatView? _view;
    private ChatView? _first;
    private CancellationToken _stopping;
    private DateTimeOffset _typedAt;
    private bool _connected;
    private bool _inputEnded;

    public LiveClient(ClientContext context, User me, IScreen screen)
    {
        _context = context;
        _screen = screen;
        Me = me;
        Lobby = new Transcript(screen, _names);
        Loop = new LiveLoop(Refresh, exception => Note(TerminalFilter.CleanLine(exception.Message), isError: true));
        Session = context.NewSession(context.RequireToken(), TakeAsync);
        _commands = new LiveCommands(this);
        _inbox = new LiveInbox(this);
    }

    public User Me { get; }
    public HubSession Session { get; }
    public LiveLoop Loop { get; }
    public Transcript Lobby { get; }

    /// <summary>Until there is something to type to.</summary>
    public Task Ready => _ready.Task;
    public ChatView? View => _view;
    public ClientContext Context => _context;
    public Names Names => _names;
    public int Ending { get; private set; } = ExitCode.Ok;
    public bool SignsOut { get; set; }

    public void Note(string sentence, bool isError = false) =>
        (_view?.Transcript ?? Lobby).Note(sentence, isError ? Palette.Error : Palette.Quiet);

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
            await OpenAsync(chat, cancellationToken);
            _first = _view;
        }
        else
        {
            _ready.TrySetResult();
            Note("Hello. /help says what can be typed here.");
            _commands.Run("/list");
        }

        Task[] running = [Loop.RunScreenAsync(_stopping), Loop.RunCallsAsync(_stopping), TickAsync(_stopping)];
        await Task.WhenAny(running);
        await stopping.CancelAsync();
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
            _commands.Run(line);
        }
        else if (_view is { } view)
        {
            Post(view.ChatId, line);
        }
        else if (!string.IsNullOrWhiteSpace(line))
        {
            _commands.Run($"/open {line.Trim()}");
        }
    }

    public void InputEnded() => _inputEnded = true;

    /// <summary>Tells the others, not more often than they need it.</summary>
    public void Typing(string text)
    {
        var now = _context.Time.GetUtcNow();
        if (_view is { } view && _connected && text.Length > 0 && text[0] != '/' && now - _typedAt > TimeSpan.FromSeconds(3))
        {
            _typedAt = now;
            Loop.TryCall(token => Session.CallOnceAsync<object?>("Typing", [view.ChatId, true], token));
        }
    }

    /// <summary>Opens a chat in place of the one that is open.</summary>
    public async Task OpenAsync(string chatId, CancellationToken cancellationToken)
    {
        await CloseAsync(cancellationToken);
        var closing = CancellationTokenSource.CreateLinkedTokenSource(_stopping);
        ChatView? view = null;
        var reader = new ChatReader(
            Session, chatId, step => Loop.ShowAsync(() => Show(view!, step), closing.Token), _context.Time);
        _view = view = new ChatView(reader, new Transcript(_screen, _names), closing);
        view.Following = FollowAsync(view, closing.Token);
    }

    public async Task CloseAsync(CancellationToken cancellationToken)
    {
        if (_view is not { } view)
        {
            return;
        }

        _view = null;
        await view.CloseAsync();
        view.Dispose();
        await Session.CallAsync<object?>("UnwatchChat", [view.ChatId], cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_view is { } view)
        {
            await view.CloseAsync();
            view.Dispose();
        }

        await Session.DisposeAsync();
    }

    private async Task FollowAsync(ChatView view, CancellationToken cancellationToken)
    {
        try
        {
            await view.Reader.RunAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return;
        }
        catch (ClientException exception)
        {
            await Loop.ShowAsync(() => Failed(view, exception), _stopping);
        }

        // The chat is gone, or was never there: back to the lobby.
        await Loop.ShowAsync(() => Interlocked.CompareExchange(ref _view, null, view), _stopping);
    }

    private void Show(ChatView view, ChatStep step)
    {
        view.Show(step, _context.Time.GetUtcNow());
        _ready.TrySetResult();
    }

    private void Failed(ChatView view, ClientException exception)
    {
        Note(TerminalFilter.CleanLine(exception.Message), isError: true);
        if (view == _first && view.State.Chat is null)
        {
            // The chat of the command line: there is nothing else to do.
            End(exception.ExitsWith);
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
    }

    private async ValueTask TakeAsync(HubSignal signal)
    {
        if (_view is { } view)
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
        if (_view is { State: { Messages.Count: > 0 } state } view && _connected && state.Messages.Keys.Last() > view.MarkedSeq)
        {
            view.MarkedSeq = state.Messages.Keys.Last();
            Loop.TryCall(token => Session.CallAsync<object?>("MarkRead", [view.ChatId, view.MarkedSeq], token));
        }

        _expectedReplies.RemoveWhere(id => _view?.State.MessageOf(id) is { IsUnfinished: false });
        if (_inputEnded && Loop.IsIdle && (_view is null || _expectedReplies.Count == 0))
        {
            End();
        }
    }

    private void Refresh()
    {
        _screen.Status(StatusLine.Of(_view, _names, Me.Id, _connected, _context.Time.GetUtcNow()));
        _screen.Refresh();
    }
}
