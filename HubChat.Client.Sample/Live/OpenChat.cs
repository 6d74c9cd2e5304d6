using HubChat.Client.Sample.Hub;
using HubChat.Client.Sample.State;
using HubChat.Client.Sample.Terminal;

namespace HubChat.Client.Sample.Live;

/// <summary>The place on the screen where one chat is open, or none.</summary>
internal sealed class OpenChat(LiveClient client, IScreen screen) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile ChatView? _view;
    private ChatView? _first;

    public ChatView? View => _view;

    /// <summary>Until there is something to type to.</summary>
    public Task Ready => _ready.Task;

    public void StartEmpty() => _ready.TrySetResult();

    /// <summary>Opens the chat of the command line; when that fails, there is nothing else to do.</summary>
    public async Task OpenFirstAsync(string chatId, CancellationToken cancellationToken)
    {
        await OpenAsync(chatId, cancellationToken);
        _first = _view;
    }

    /// <summary>Opens a chat in place of the one that is open.</summary>
    public async Task OpenAsync(string chatId, CancellationToken cancellationToken)
    {
        await CloseAsync(cancellationToken);
        var closing = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        ChatView? view = null;
        var reader = new ChatReader(
            client.Session, chatId, step => client.Loop.ShowAsync(() => Show(view!, step), closing.Token), client.Context.Time);
        _view = view = new ChatView(reader, new Transcript(screen, client.Names), closing);
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
        await client.Session.CallAsync<object?>("UnwatchChat", [view.ChatId], cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        if (_view is { } view)
        {
            await view.CloseAsync();
            view.Dispose();
        }

        _stopping.Dispose();
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
            await client.Loop.ShowAsync(() => Failed(view, exception), CancellationToken.None);
        }

        // The chat is gone, or was never there: back to the lobby.
        await client.Loop.ShowAsync(() => Interlocked.CompareExchange(ref _view, null, view), CancellationToken.None);
    }

    private void Show(ChatView view, ChatStep step)
    {
        view.Show(step, client.Context.Time.GetUtcNow());
        _ready.TrySetResult();
    }

    private void Failed(ChatView view, ClientException exception)
    {
        client.Note(TerminalFilter.CleanLine(exception.Message), isError: true);
        if (view == _first && view.State.Chat is null)
        {
            client.End(exception.ExitsWith);
        }
    }
}
