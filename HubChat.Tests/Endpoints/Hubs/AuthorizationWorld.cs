using System.Net.Http.Json;
using System.Text.Json;
using HubChat.Server.Identity;
using HubChat.Server.Ids;
using HubChat.Tests.App;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace HubChat.Tests.Endpoints.Hubs;

/// <summary>A server, and one connected caller for each role of the matrix.</summary>
public sealed class AuthorizationWorld : IAsyncLifetime
{
    private readonly Dictionary<MatrixRole, TestUser> _users = [];
    private readonly Dictionary<MatrixRole, TestConnection> _connections = [];
    private TestUser? _guest;
    private TestConnection? _watcher;
    private MatrixTarget? _shared;
    private int _markers;

    internal HubChatApp App { get; } = new(new Dictionary<string, string>
    {
        // Replies that nobody plays go on for as long as the tests do.
        ["Generation:FirstTokenTimeout"] = "01:00:00",
        ["Generation:TotalTimeout"] = "01:00:00",
        ["Generation:MaxRunning"] = "10000",
        ["Usage:User:Running"] = "1000",
        ["ReplyQueue:MaxPerUser"] = "1000",
    });

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static string NameOf(MatrixRole role) => $"the-{role.ToString().ToLowerInvariant()}";

    public async ValueTask InitializeAsync()
    {
        foreach (var role in Enum.GetValues<MatrixRole>())
        {
            _users[role] = role switch
            {
                MatrixRole.ChatKey => await KeyAsync("chat"),
                MatrixRole.ModelsKey => await KeyAsync("models"),
                _ => await App.SignUpAsync(NameOf(role), Token),
            };
        }

        _guest = await App.SignUpAsync("the-guest", Token);
        var adminId = new UserId(Guid.Parse(_users[MatrixRole.Admin].Id));
        await App.ReadAsync(db => db.Users.Where(user => user.Id == adminId)
            .ExecuteUpdateAsync(set => set.SetProperty(user => user.Role, UserRole.Admin)));
        foreach (var (role, user) in _users)
        {
            _connections[role] = await user.ConnectAsync(Token);
        }

        _shared = await NewTargetAsync(withReplies: true);
        _watcher = await _users[MatrixRole.Owner].ConnectAsync(Token);
        await _watcher.WatchAsync(_shared.ChatId, Token);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections.Values.Append(_watcher!))
        {
            await connection.DisposeAsync();
        }

        await App.DisposeAsync();
    }

    internal TestConnection Of(MatrixRole role) => _connections[role];

    /// <summary>The chat for calls that change nothing, as this caller sees it.</summary>
    internal MatrixTarget Shared(MatrixRole caller) => _shared! with { SelfId = _users[caller].Id };

    /// <summary>A chat for one call.</summary>
    internal async Task<MatrixTarget> NewAsync(MatrixRole caller, bool withReplies) =>
        await NewTargetAsync(withReplies) with { SelfId = _users[caller].Id };

    internal Task<long> LastSeqAsync(MatrixTarget target)
    {
        var id = new ChatId(Guid.Parse(target.ChatId));
        return App.ReadAsync(db => db.Chats.Where(chat => chat.Id == id).Select(chat => chat.LastSeq).SingleAsync());
    }

    /// <summary>What the shared chat's watcher was told up to now; its own presence does not count.</summary>
    internal async Task<IReadOnlyList<JsonElement>> SeenAsync()
    {
        var marker = $"marker {++_markers}";
        await Of(MatrixRole.Owner).PostAsync(_shared!.ChatId, marker, MatrixTarget.NewClientMessageId(), Token);
        var seen = new List<JsonElement>();
        while (true)
        {
            var update = await _watcher!.NextAsync(Token, "event", "typing", "presence", "closed", "resync");
            if (update.GetProperty("kind").GetString() == "event"
                && update.GetProperty("event").TryGetProperty("message", out var message) && message.GetProperty("text").GetString() == marker)
            {
                return seen;
            }

            if (!IsOwnPresence(update))
            {
                seen.Add(update);
            }
        }
    }

    private async Task<MatrixTarget> NewTargetAsync(bool withReplies)
    {
        var owner = Of(MatrixRole.Owner);
        var chat = await owner.CreateChatAsync(
            Token, _users[MatrixRole.Member], _users[MatrixRole.OtherMember], _users[MatrixRole.Reader], _users[MatrixRole.Removed], _guest!);
        await owner.CallAsync("ChangeRole", Token, new { chatId = chat, userId = _users[MatrixRole.Reader].Id, role = "reader" });
        await owner.CallAsync("RemoveParticipant", Token, new { chatId = chat, userId = _users[MatrixRole.Removed].Id });
        var message = await Of(MatrixRole.Member).PostAsync(chat, "Hello", MatrixTarget.NewClientMessageId(), Token);
        var target = new MatrixTarget(chat, message.GetProperty("messageId").GetString()!, "", "", "", _guest!.Id, SelfId: "");
        return withReplies ? await AddRepliesAsync(target) : target;
    }

    private async Task<MatrixTarget> AddRepliesAsync(MatrixTarget target)
    {
        var (endedId, ended) = await AskAsync(target);
        await EndOfAsync(ended);
        App.Model.Hold = true;
        var (stoppedId, stopped) = await AskAsync(target);
        await App.Model.NextTurnAsync(Token);
        await Of(MatrixRole.Member).CallAsync("StopGeneration", Token, stopped);
        await EndOfAsync(stopped);
        var (_, running) = await AskAsync(target);
        await App.Model.NextTurnAsync(Token);
        App.Model.Hold = false;
        return target with { EndedId = endedId, StoppedId = stoppedId, GenerationId = running };
    }

    private async Task<(string ReplyId, string GenerationId)> AskAsync(MatrixTarget target)
    {
        var posted = await Of(MatrixRole.Member).PostAsync(target.ChatId, "@assistant, hello", MatrixTarget.NewClientMessageId(), Token);
        return (posted.GetProperty("replyId").GetString()!, posted.GetProperty("generationId").GetString()!);
    }

    private async Task EndOfAsync(string generationId)
    {
        await foreach (var _ in Of(MatrixRole.Member).StreamAsync("StreamReply", Token, generationId, 0, 0))
        {
            // Up to the end.
        }
    }

    private async Task<TestUser> KeyAsync(string scope)
    {
        var owner = _users[MatrixRole.Owner];
        using var http = owner.Http();
        using var response = await http.PostAsJsonAsync("/api/auth/keys", new { name = scope, scopes = new[] { scope } }, Token);
        response.EnsureSuccessStatusCode();
        var body = await response.Content.ReadFromJsonAsync<JsonElement>(Token);
        return new TestUser(owner.Address, owner.UserName, owner.Id, body.GetProperty("token").GetString()!);
    }

    private bool IsOwnPresence(JsonElement update) =>
        update.GetProperty("kind").GetString() == "presence"
        && update.GetProperty("userIds").EnumerateArray().All(user => user.GetString() == _users[MatrixRole.Owner].Id);
}
