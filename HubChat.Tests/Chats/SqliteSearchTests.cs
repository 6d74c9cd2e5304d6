using System.Text;
using HubChat.Server.Chats;
using HubChat.Server.Ids;
using HubChat.Tests.Storage;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace HubChat.Tests.Chats;

/// <summary>What holds for searching in a file besides: what was deleted is nothing of what is in it.</summary>
public sealed class SqliteSearchTests(SqliteSearchWorld world) : SearchFacts(world), IClassFixture<SqliteSearchWorld>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Words_of_deleted_messages_are_not_in_the_index_and_after_a_vacuum_in_no_byte_of_the_database()
    {
        // Each message has words of its own; in the index they stand as written here, in the texts in capitals. An index leaves out how a word begins
        // where the one before it begins alike.
        var random = new Random(20_261_127);
        var texts = Enumerable.Range(0, 1_200).Select(_ => Enumerable.Range(0, 6).Select(_ => NewWord(random)).ToList()).ToList();
        var chat = await world.NewChatAsync();
        var other = await world.NewChatAsync();
        Message[] messages = [.. texts.Select((words, number) => world.NewMessage(number % 3 == 2 ? other : chat, TextOf(words), 1_000 + number))];
        foreach (var some in messages.Chunk(100))
        {
            await world.StoreAsync(some);
        }

        var (kept, deleted, ofChat) = (WordsWhere(0), WordsWhere(1), WordsWhere(2));
        Assert.All([.. kept, .. deleted, .. ofChat], TailsIn(await BytesAsync(), isThere: true));
        foreach (var some in messages.Where((_, number) => number % 3 == 1).Chunk(50))
        {
            await world.App.ReadAsync(db =>
            {
                foreach (var message in some)
                {
                    db.Messages.Attach(message).Entity.Erase(DateTimeOffset.UnixEpoch, message.Seq);
                }

                return db.SaveChangesAsync(Token);
            });
        }

        await world.Hub.CallAsync("DeleteChat", Token, other);

        var index = await IndexAsync();
        Assert.All(kept, TailsIn(index, isThere: true));
        Assert.All([.. deleted, .. ofChat], TailsIn(index, isThere: false));

        // Where SQLite has moved entries to other pages, what they were can still lie in the gaps they left.
        await world.App.ReadAsync(db => db.Database.ExecuteSqlAsync($"VACUUM", Token));
        var bytes = await BytesAsync();
        Assert.All(kept, TailsIn(bytes, isThere: true));
        Assert.All([.. deleted, .. ofChat], TailsIn(bytes, isThere: false));
        Assert.DoesNotContain(deleted[0].ToUpperInvariant(), bytes, StringComparison.Ordinal);
        Assert.Equal([messages[0].Id.ToString()], await world.FoundAsync(string.Join(' ', texts[0]), chat));

        List<string> WordsWhere(int rest) => [.. texts.Where((_, number) => number % 3 == rest).SelectMany(words => words)];
    }

    [Fact]
    public async Task Words_of_a_message_deleted_at_the_hub_are_in_no_byte_of_the_database()
    {
        var chat = await world.NewChatAsync();
        var message = await world.PostAsync(chat, "the word is XYZZYPLUGH");
        Assert.Contains("xyzzyplugh", await BytesAsync(), StringComparison.Ordinal);

        await world.Hub.CallAsync("DeleteMessage", Token, new { chatId = chat, messageId = message });

        Assert.DoesNotContain("xyzzyplugh", await BytesAsync(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Backup_finds_what_the_original_finds()
    {
        var (gone, chat) = (await world.NewChatAsync(), await world.NewChatAsync());
        await world.PostAsync(gone, "sorrel gone");
        var message = await world.PostAsync(chat, "sorrel stays");
        await world.Hub.CallAsync("DeleteChat", Token, gone);
        var copy = world.Database + ".copy";

        await world.App.ReadAsync(db => db.Database.ExecuteSqlAsync($"VACUUM INTO {copy}", Token));

        var found = await new StoredSearch(options => options.UseSqlite($"Data Source={copy};Pooling=False"), isSqlite: true).FindAsync(
            new UserId(Guid.Parse(world.Ada.Id)), "sorrel", Token);
        Assert.Equal([message], found.Select(hit => hit.Id.ToString()));
    }

    private static string NewWord(Random random) => string.Concat(Enumerable.Range(0, 14).Select(_ => (char)('a' + random.Next(26))));

    private static string TextOf(IEnumerable<string> words) => string.Join(' ', words).ToUpperInvariant();

    private static Action<string> TailsIn(string bytes, bool isThere) => word => Assert.Equal(isThere, bytes.Contains(word[5..], StringComparison.Ordinal));

    /// <summary>All that SQLite holds to be the index.</summary>
    private Task<string> IndexAsync() => world.App.ReadAsync(async db =>
    {
        var blocks = await db.Database.SqlQuery<byte[]>($"""SELECT "block" AS "Value" FROM "MessageWords_data" ORDER BY "id" """).ToListAsync(Token);
        return string.Concat(blocks.Select(Encoding.Latin1.GetString));
    });

    /// <summary>All that stands in the file, with what still lay in the log beside it.</summary>
    private async Task<string> BytesAsync()
    {
        await world.App.ReadAsync(db => db.Database.ExecuteSqlAsync($"PRAGMA wal_checkpoint(TRUNCATE)", Token));
        Assert.Equal(0, new FileInfo(world.Database + "-wal").Length);
        await using var file = new FileStream(world.Database, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file, Encoding.Latin1);
        return await reader.ReadToEndAsync(Token);
    }
}
