using System.Text.Json;
using HubChat.Server.Chats;
using HubChat.Server.Storage;
using HubChat.Tests.History;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace HubChat.Tests.Faults;

/// <summary>Reads a server's database past the server, whether it runs or not: a file, or what a connection string of PostgreSQL names.</summary>
internal static class StoredState
{
    public static async Task<T> ReadAsync<T>(string database, Func<ChatDbContext, Task<T>> read)
    {
        var options = new DbContextOptionsBuilder<ChatDbContext>();
        _ = database.StartsWith("Host=", StringComparison.Ordinal)
            ? options.UseNpgsql(database)

            // Not read-only: the log of a database that nobody holds could not be opened.
            : options.UseSqlite($"Data Source={database};Mode=ReadWrite;Pooling=False");
        await using var db = new ChatDbContext(options.Options);
        return await read(db);
    }

    public static Task<FinalState> ReadFinalAsync(string database, CancellationToken cancellationToken) => ReadAsync(database, async db =>
    {
        await using var snapshot = await db.Database.BeginTransactionAsync(
            db.Database.IsNpgsql() ? System.Data.IsolationLevel.RepeatableRead : System.Data.IsolationLevel.ReadUncommitted, cancellationToken);
        var messages = await db.Messages.AsNoTracking().OrderBy(message => message.Seq).ToListAsync(cancellationToken);
        var events = await db.Events.AsNoTracking().OrderBy(one => one.Seq).ToListAsync(cancellationToken);
        return new FinalState([.. events.GroupBy(one => one.ChatId).Select(chat => new FinalChat(
            chat.Key.ToString(),
            [.. messages.Where(message => message.ChatId == chat.Key).Select(ToFinal)],
            [.. chat.Select(ToFinal)]))]);
    });

    public static Task<List<Generation>> GenerationsAsync(string database, CancellationToken cancellationToken) =>
        ReadAsync(database, db => db.Generations.AsNoTracking().OrderBy(generation => generation.CreatedAt).ToListAsync(cancellationToken));

    /// <summary>What SQLite itself says of the file.</summary>
    public static async Task<string?> QuickCheckAsync(string database, CancellationToken cancellationToken)
    {
        await using var connection = new SqliteConnection($"Data Source={database};Mode=ReadWrite;Pooling=False");
        await connection.OpenAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA quick_check";
        return await command.ExecuteScalarAsync(cancellationToken) as string;
    }

    private static FinalMessage ToFinal(Message message) => new(
        message.Seq,
        message.Id.ToString(),
        message.Role is MessageRole.User ? message.AuthorId.ToString() : null,
        message.ClientMessageId,
        message.Text,
        message.GenerationId?.ToString(),
        message.DeletedAt is null ? JsonNamingPolicy.CamelCase.ConvertName(message.State.ToString()) : FinalChat.Deleted);

    private static FinalEvent ToFinal(ChatEvent one) => new(
        one.Seq,
        WireNameOf(one.Type.ToString()),
        one.MessageId?.ToString(),
        one.Type switch
        {
            ChatEventType.ChatCreated => one.ActorId?.ToString(),
            ChatEventType.ParticipantJoined or ChatEventType.ParticipantLeft => one.SubjectId?.ToString(),
            _ => null,
        });

    /// <summary><c>MessagePosted</c> is <c>message.posted</c> on the wire.</summary>
    private static string WireNameOf(string type)
    {
        var verb = type.AsSpan(1).IndexOfAnyInRange('A', 'Z') + 1;
        return $"{JsonNamingPolicy.CamelCase.ConvertName(type[..verb])}.{JsonNamingPolicy.CamelCase.ConvertName(type[verb..])}";
    }
}
