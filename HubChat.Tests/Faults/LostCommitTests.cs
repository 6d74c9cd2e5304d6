using System.Net;
using HubChat.Tests.App;
using HubChat.Tests.Postgres;
using Microsoft.AspNetCore.SignalR;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Xunit;

namespace HubChat.Tests.Faults;

/// <summary>F17: the database commits a message, and its answer never arrives.</summary>
public sealed class LostCommitTests
{
    // Makes commits of messages slow enough that the answer can be held back.
    private const string SlowCommits = """
        CREATE FUNCTION wait_a_moment() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(1); RETURN NULL; END $$;
        CREATE CONSTRAINT TRIGGER wait_a_moment AFTER INSERT ON "Messages" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait_a_moment();
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Repeated_send_is_the_message_that_was_stored_although_nobody_was_told()
    {
        var database = await SharedPostgres.CreateDatabaseAsync();
        var connection = new NpgsqlConnectionStringBuilder(database);
        await using var link = FaultProxy.Start(new IPEndPoint(IPAddress.Loopback, connection.Port));
        connection.Port = link.EndPoint.Port;
        await using var app = new HubChatApp(new Dictionary<string, string> { ["ConnectionStrings:HubChat"] = connection.ConnectionString });
        var ada = await app.SignUpAsync("ada", Token);
        await using var hub = await ada.ConnectAsync(Token);

        // With two people in it, the assistant does not answer.
        var chat = await hub.CreateChatAsync(Token, await app.SignUpAsync("bob", Token));

        await StoredState.ReadAsync(database, db => db.Database.ExecuteSqlRawAsync(SlowCommits, Token));

        for (var i = 0; i < 3; i++)
        {
            var id = $"lost-{i}";
            var answer = AnswerAsync(hub, chat, id);
            await Eventually.HoldsAsync(() => IsCommittingAsync(database), Token);
            link.ToClient = new LinkFaults { Stalled = true };
            await Eventually.HoldsAsync(async () => await FindAsync(database, id) is not null, Token);
            link.Reset();
            link.Heal();

            var kept = await FindAsync(database, id);
            Assert.Contains(await answer, new[] { null, kept });
            Assert.Equal(kept, await RepeatAsync(hub, chat, id));
            Assert.Equal(kept, await FindAsync(database, id));
        }

        var numbers = await StoredState.ReadAsync(database, db => db.Events.Select(one => one.Seq).OrderBy(seq => seq).ToListAsync(Token));
        Assert.Equal(Enumerable.Range(1, numbers.Count).Select(number => (long)number), numbers);
    }

    private static Task<bool> IsCommittingAsync(string database) => StoredState.ReadAsync(
        database, db => db.Database.SqlQuery<int>($"SELECT pid AS \"Value\" FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()").AnyAsync(Token));

    /// <returns>The message that is stored under this id of its sender, the only one; nothing before it is committed.</returns>
    private static Task<(string? Id, long Seq)?> FindAsync(string database, string id) => StoredState.ReadAsync(database, async db =>
        await db.Messages.SingleOrDefaultAsync(message => message.ClientMessageId == id, Token) is { } message ? (message.Id.ToString(), message.Seq) : ((string?, long)?)null);

    /// <returns>Nothing when it was refused for now.</returns>
    private static async Task<(string? Id, long Seq)?> AnswerAsync(TestConnection hub, string chat, string id)
    {
        try
        {
            var posted = await hub.PostAsync(chat, "Message", id, Token);
            return (posted.GetProperty("messageId").GetString(), posted.GetProperty("seq").GetInt64());
        }
        catch (HubException refusal) when (refusal.Message.Contains("busy", StringComparison.Ordinal))
        {
            return null;
        }
    }

    private static async Task<(string? Id, long Seq)> RepeatAsync(TestConnection hub, string chat, string id)
    {
        (string?, long)? answer = null;
        await Eventually.HoldsAsync(async () => (answer = await AnswerAsync(hub, chat, id)) is not null, Token);
        return answer!.Value;
    }
}
