using System.Text.Json;
using HubChat.Server.Chats;
using HubChat.Server.Ids;
using HubChat.Tests.App;
using HubChat.Tests.Postgres;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace HubChat.Tests.Chats;

/// <summary>A server on one of the two databases, with somebody who is in it.</summary>
public abstract class SearchWorld : IAsyncLifetime
{
    private int _names;

    internal HubChatApp App { get; private set; } = null!;

    internal TestUser Ada { get; private set; } = null!;

    internal TestConnection Hub { get; private set; } = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        App = new HubChatApp(new Dictionary<string, string> { ["ConnectionStrings:HubChat"] = await NewDatabaseAsync() });
        Ada = await App.SignUpAsync("ada", Token);
        Hub = await Ada.ConnectAsync(Token);
    }

    public virtual async ValueTask DisposeAsync()
    {
        await Hub.DisposeAsync();
        await App.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    internal Task<TestUser> NewUserAsync() => App.SignUpAsync($"person-{++_names}", Token);

    /// <summary>A chat of Ada's, in which the assistant is silent.</summary>
    internal async Task<string> NewChatAsync(params TestUser[] others)
    {
        var chat = await Hub.CreateChatAsync(Token, others);
        await Hub.CallAsync("UpdateChatSettings", Token, new { chatId = chat, assistant = "off" });
        return chat;
    }

    /// <summary>Posts in Ada's name; gives the message's id.</summary>
    internal async Task<string> PostAsync(string chat, string text) =>
        (await Hub.PostAsync(chat, text, $"c-{++_names}", Token)).GetProperty("messageId").GetString()!;

    /// <summary>The ids of the messages that are found, in their order.</summary>
    internal async Task<IReadOnlyList<string>> FoundAsync(string query, string? chatId = null, TestConnection? caller = null) =>
        IdsOf(await SearchAsync(query, chatId, caller: caller));

    internal Task<JsonElement> SearchAsync(string query, string? chatId = null, string? before = null, int limit = 50, TestConnection? caller = null) =>
        (caller ?? Hub).CallAsync("SearchMessages", Token, new { query, chatId, before, limit });

    internal static IReadOnlyList<string> IdsOf(JsonElement page) =>
        [.. page.GetProperty("hits").EnumerateArray().Select(hit => hit.GetProperty("messageId").GetString()!)];

    /// <summary>Stores messages past every door.</summary>
    internal Task<int> StoreAsync(params Message[] messages) => App.ReadAsync(db =>
    {
        db.Messages.AddRange(messages);
        return db.SaveChangesAsync(Token);
    });

    internal Message NewMessage(string chat, string text, long seq, DateTimeOffset? at = null) => new()
    {
        Id = new MessageId(Guid.NewGuid()),
        ChatId = new ChatId(Guid.Parse(chat)),
        Seq = seq,
        ChangedSeq = seq,
        Role = MessageRole.User,
        AuthorId = new UserId(Guid.Parse(Ada.Id)),
        Text = text,
        State = ReplyState.Done,
        CreatedAt = at ?? DateTimeOffset.UnixEpoch,
    };

    /// <summary>How many messages the index knows.</summary>
    internal abstract Task<int> CountIndexedAsync();

    protected abstract Task<string> NewDatabaseAsync();
}

public sealed class SqliteSearchWorld : SearchWorld
{
    private readonly string _folder = Directory.CreateTempSubdirectory("hubchat-search-").FullName;

    internal string Database => Path.Combine(_folder, "hubchat.db");

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    internal override Task<int> CountIndexedAsync() =>
        App.ReadAsync(db => db.Database.SqlQuery<int>($"""SELECT COUNT(*) AS "Value" FROM "MessageNumbers" """).SingleAsync());

    protected override Task<string> NewDatabaseAsync() => Task.FromResult($"Data Source={Database}");
}

public sealed class PostgresSearchWorld : SearchWorld
{
    internal override Task<int> CountIndexedAsync() =>
        App.ReadAsync(db => db.Database.SqlQuery<int>($"""SELECT COUNT(*)::int AS "Value" FROM "MessageWords" """).SingleAsync());

    protected override Task<string> NewDatabaseAsync() => SharedPostgres.CreateDatabaseAsync();
}
