using System.Text.Json;
using System.Text.RegularExpressions;
using System.Threading.Channels;
using HubChat.Client.Sample;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Xunit;

namespace HubChat.Tests.App;

/// <summary>One hub connection of a test. It speaks JSON and knows no type of the server's: what it sees is the wire.</summary>
internal sealed partial class TestConnection : IAsyncDisposable
{
    private readonly HubConnection _hub;
    private readonly Channel<JsonElement> _updates = Channel.CreateUnbounded<JsonElement>();
    private readonly Channel<JsonElement> _inbox = Channel.CreateUnbounded<JsonElement>();
    private readonly TaskCompletionSource<Exception?> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _sessionEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<int> _reconnect = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private TestConnection(Uri hub, Func<string> token)
    {
        _hub = new HubConnectionBuilder().WithWebSocket(hub, _ => Task.FromResult<string?>(token())).Build();
        _hub.On<JsonElement>("ChatUpdate", update => _updates.Writer.TryWrite(update));
        _hub.On<JsonElement>("InboxUpdate", update => _inbox.Writer.TryWrite(update));
        _hub.On<int>("Reconnect", after => _reconnect.TrySetResult(after));
        _hub.On<string>("SessionEnded", reason => _sessionEnded.TrySetResult(reason));
        _hub.Closed += exception =>
        {
            _closed.TrySetResult(exception);
            _updates.Writer.TryComplete();
            return Task.CompletedTask;
        };
    }

    public Task<Exception?> Closed => _closed.Task;

    public Task<string> SessionEnded => _sessionEnded.Task;

    public Task<int> Reconnect => _reconnect.Task;

    public ChannelReader<JsonElement> Inbox => _inbox.Reader;

    public ChannelReader<JsonElement> Updates => _updates.Reader;

    public static async Task<TestConnection> OpenAsync(Uri hub, Func<string> token, CancellationToken cancellationToken)
    {
        var connection = new TestConnection(hub, token);
        await connection._hub.StartAsync(cancellationToken);
        return connection;
    }

    public Task<JsonElement> CallAsync(string method, CancellationToken cancellationToken, params object?[] arguments) =>
        _hub.InvokeCoreAsync<JsonElement>(method, arguments, cancellationToken);

    /// <summary>A call that must be refused; gives the stable code.</summary>
    public async Task<string> RefusedAsync(string method, CancellationToken cancellationToken, params object?[] arguments)
    {
        var refusal = await Assert.ThrowsAnyAsync<HubException>(() => CallAsync(method, cancellationToken, arguments));
        return CodeOf(refusal);
    }

    public IAsyncEnumerable<JsonElement> StreamAsync(string method, CancellationToken cancellationToken, params object?[] arguments) =>
        _hub.StreamAsyncCore<JsonElement>(method, arguments, cancellationToken);

    /// <summary>The stable code of a refusal (docs/protocol/hub.md §2).</summary>
    public static string CodeOf(Exception refusal)
    {
        var match = Code().Match(refusal.Message);
        Assert.True(match.Success, $"No stable code in: {refusal.Message}");
        return match.Groups[1].Value;
    }

    /// <summary>The next update of these kinds; others are passed over.</summary>
    public async Task<JsonElement> NextAsync(CancellationToken cancellationToken, params string[] kinds)
    {
        await foreach (var update in _updates.Reader.ReadAllAsync(cancellationToken))
        {
            if (kinds.Contains(update.GetProperty("kind").GetString()))
            {
                return update;
            }
        }

        throw new InvalidOperationException($"The connection closed before an update of kind {string.Join(", ", kinds)}.");
    }

    /// <summary>The next event of this type; other updates are passed over.</summary>
    public async Task<JsonElement> NextEventAsync(string type, CancellationToken cancellationToken)
    {
        while (true)
        {
            var update = await NextAsync(cancellationToken, "event");
            if (update.GetProperty("event").GetProperty("type").GetString() == type)
            {
                return update.GetProperty("event");
            }
        }
    }

    public ValueTask DisposeAsync() => _hub.DisposeAsync();

    [GeneratedRegex("HubException: ([a-z_]+): ")]
    private static partial Regex Code();
}
