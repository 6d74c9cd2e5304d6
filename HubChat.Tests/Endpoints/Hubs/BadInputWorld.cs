using System.Text.Json;
using HubChat.Tests.App;
using HubChat.Tests.Faults;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace HubChat.Tests.Endpoints.Hubs;

/// <summary>A server, a chat with a message and a reply, and a connection that says exactly what it is told to, JSON or not.</summary>
public sealed class BadInputWorld : IAsyncLifetime
{
    private readonly Dictionary<string, string> _names = new() { ["$missing"] = Guid.CreateVersion7().ToString() };
    private TestConnection? _connection;
    private RawHubClient? _raw;
    private TestUser? _ada;
    private int _calls;

    internal HubChatApp App { get; } = new();

    internal TestConnection Connection => _connection!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _ada = await App.SignUpAsync("ada", Token);
        var bob = await App.SignUpAsync("bob", Token);
        _connection = await _ada.ConnectAsync(Token);
        var chat = await Connection.CreateChatAsync(Token, bob);
        var posted = await Connection.PostAsync(chat, "@assistant, hello", "c-1", Token);
        await foreach (var _ in Connection.StreamAsync("StreamReply", Token, posted.GetProperty("generationId").GetString(), 0, 0))
        {
            // Up to the end.
        }

        _names["$chat"] = chat;
        _names["$message"] = posted.GetProperty("messageId").GetString()!;
        _names["$reply"] = posted.GetProperty("replyId").GetString()!;
        _names["$generation"] = posted.GetProperty("generationId").GetString()!;
        _names["$ada"] = _ada.Id;
        _names["$bob"] = bob.Id;
    }

    public async ValueTask DisposeAsync()
    {
        _raw?.Dispose();
        await Connection.DisposeAsync();
        await App.DisposeAsync();
    }

    /// <summary>The id that stands behind a name such as <c>$chat</c>.</summary>
    internal string IdOf(string name) => _names[name];

    /// <summary>Calls with arguments exactly as written; names of ids are replaced.</summary>
    /// <returns>The stable code of the refusal; <c>closed</c> when the connection ended, <c>ok</c> when the call was taken.</returns>
    internal async Task<string> CallAsync(string method, string arguments)
    {
        foreach (var (name, id) in _names)
        {
            arguments = arguments.Replace(name, id, StringComparison.Ordinal);
        }

        var invocationId = $"raw-{++_calls}";
        var type = method is "Ask" or "StreamReply" ? 4 : 1;
        return await SendAsync(
            $$"""{"type":{{type}},"invocationId":"{{invocationId}}","target":"{{method}}","arguments":{{arguments}}}""", invocationId);
    }

    /// <summary>Sends a message exactly as written, and reads up to its answer.</summary>
    internal async Task<string> SendAsync(string message, string invocationId)
    {
        _raw ??= await RawHubClient.ConnectAsync(App.Address, _ada!.Token, Token);
        await _raw.Socket.SendTextAsync(message + '\u001e', Token);
        while (await _raw.ReceiveAsync(Token) is { } answer)
        {
            if (answer.GetProperty("type").GetInt32() is 2 or 3 && answer.GetProperty("invocationId").GetString() == invocationId)
            {
                return answer.TryGetProperty("error", out var error) ? TestConnection.CodeOf(new InvalidOperationException(error.GetString())) : "ok";
            }
        }

        _raw.Dispose();
        _raw = null;
        return "closed";
    }

    /// <summary>Everything that a call might have changed.</summary>
    internal Task<string> StateAsync() => App.ReadAsync(async db =>
    {
        var chats = await db.Chats.AsNoTracking().OrderBy(chat => chat.Id).ToListAsync();
        var people = await db.Participants.AsNoTracking().OrderBy(person => person.UserId).ThenBy(person => person.ChatId).ToListAsync();
        var messages = await db.Messages.AsNoTracking().OrderBy(message => message.Id).ToListAsync();
        return JsonSerializer.Serialize(new { chats, people, messages, events = await db.Events.CountAsync() });
    });
}
