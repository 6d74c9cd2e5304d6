using HubChat.Server.Chats;
using HubChat.Server.Identity;
using HubChat.Server.Ids;
using HubChat.Server.Storage;
using HubChat.Tests.Postgres;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Storage;
using Xunit;

namespace HubChat.Tests.Storage;

/// <summary>A database of before there was an index of words.</summary>
public sealed class SearchUpgradeTests
{
    private static readonly UserId Ada = new(Guid.NewGuid());
    private static readonly ChatId Chat = new(Guid.NewGuid());

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_said_before_is_found_on_SQLite()
    {
        var folder = Directory.CreateTempSubdirectory("hubchat-upgrade-").FullName;
        try
        {
            await UpgradeAsync(new StoredSearch(options => options.UseSqlite($"Data Source={folder}/hubchat.db;Pooling=False"), isSqlite: true));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task What_was_said_before_is_found_on_PostgreSQL()
    {
        var connection = await SharedPostgres.CreateDatabaseAsync();
        await UpgradeAsync(new StoredSearch(options => options.UseNpgsql(connection), isSqlite: false));
    }

    /// <summary>Some builds of PostgreSQL know no Unicode but what the database's locale says; words of ASCII are found there too.</summary>
    [Fact]
    public async Task PostgreSQL_without_ICU_finds_words()
    {
        var connection = await SharedPostgres.CreateDatabaseAsync();
        var search = new StoredSearch(options => options.UseNpgsql(connection), isSqlite: false);
        await using (var db = search.NewContext())
        {
            await db.Database.ExecuteSqlAsync($"""DELETE FROM pg_collation WHERE collname = 'und-x-icu'""", Token);
        }

        await UpgradeAsync(search);
    }

    private static async Task UpgradeAsync(StoredSearch search)
    {
        var texts = new (string Text, ReplyState State, bool IsDeleted)[]
        {
            ("fennel, the first", ReplyState.Done, false),
            ("fennel, half of a re", ReplyState.Running, false),
            ("", ReplyState.Done, true),
            ("Fennel is stopped", ReplyState.Stopped, false),
            ("fennel waits", ReplyState.Queued, false),
            ("Nothing of it", ReplyState.Done, false),
        };
        Message[] messages = [.. texts.Select((text, index) => NewMessage(text.Text, text.State, text.IsDeleted, index + 1))];
        await using (var old = search.NewContext())
        {
            await MigrateToAsync(old, "0005_Nodes");
            await StoreAsync(old, messages);
            Assert.Contains("0006_Search", await old.Database.GetPendingMigrationsAsync(Token));
            await old.Database.MigrateAsync(Token);
        }

        Assert.Equal([messages[3].Id, messages[0].Id], await FoundAsync("fennel"));

        // What was there is kept up with like what comes.
        await using (var db = search.NewContext())
        {
            db.Messages.Attach(messages[0]).Entity.Erase(DateTimeOffset.UnixEpoch, 9);
            db.Messages.Attach(messages[1]).Entity.State = ReplyState.Done;
            await db.SaveChangesAsync(Token);
        }

        Assert.Equal([messages[3].Id, messages[1].Id], await FoundAsync("fennel"));
        Assert.Equal([messages[1].Id], await FoundAsync("half RE"));

        async Task<IEnumerable<MessageId>> FoundAsync(string query) => (await search.FindAsync(Ada, query, Token)).Select(found => found.Id);
    }

    /// <summary>As far as this migration. EF's own way needs ids that begin with an instant.</summary>
    private static async Task MigrateToAsync(ChatDbContext db, string last)
    {
        var (assembly, history) = (db.GetService<IMigrationsAssembly>(), db.GetService<IHistoryRepository>());
        await history.CreateIfNotExistsAsync(Token);
        foreach (var (id, type) in assembly.Migrations.Where(migration => string.CompareOrdinal(migration.Key, last) <= 0))
        {
            var operations = assembly.CreateMigration(type, db.Database.ProviderName!).UpOperations;
            var commands = db.GetService<IMigrationsSqlGenerator>().Generate(operations);
            await db.GetService<IMigrationCommandExecutor>().ExecuteNonQueryAsync(commands, db.GetService<IRelationalConnection>(), Token);
            await db.Database.ExecuteSqlRawAsync(history.GetInsertScript(new HistoryRow(id, ProductInfo.GetVersion())), Token);
        }
    }

    private static async Task StoreAsync(ChatDbContext db, Message[] messages)
    {
        db.Users.Add(new User { Id = Ada, UserName = "ada", NormalizedUserName = "ADA", DisplayName = "Ada", Email = "ada@example.org" });
        db.Chats.Add(new Chat { Id = Chat, OwnerId = Ada, CreatedAt = DateTimeOffset.UnixEpoch, ActivityAt = DateTimeOffset.UnixEpoch });
        db.Participants.Add(new Participant { ChatId = Chat, UserId = Ada, Role = ParticipantRole.Owner });
        db.Messages.AddRange(messages);
        await db.SaveChangesAsync(Token);
    }

    private static Message NewMessage(string text, ReplyState state, bool isDeleted, long seq) => new()
    {
        Id = new MessageId(Guid.NewGuid()),
        ChatId = Chat,
        Seq = seq,
        ChangedSeq = seq,
        Role = MessageRole.User,
        AuthorId = Ada,
        Text = text,
        State = state,
        CreatedAt = DateTimeOffset.UnixEpoch.AddMinutes(seq),
        DeletedAt = isDeleted ? DateTimeOffset.UnixEpoch : null,
    };
}
