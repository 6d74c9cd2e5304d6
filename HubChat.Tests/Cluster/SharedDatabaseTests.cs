using System.Data.Common;
using HubChat.Server.Audit;
using HubChat.Server.Chats;
using HubChat.Server.Errors;
using HubChat.Server.Identity.Signing;
using HubChat.Server.Ids;
using HubChat.Server.Nodes;
using HubChat.Server.Storage;
using HubChat.Tests.App;
using HubChat.Tests.Postgres;
using HubChat.Tests.Redis;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.SignalR;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace HubChat.Tests.Cluster;

/// <summary>Two nodes that write into one PostgreSQL at the same time. Both run in the test's process, so that everything can be looked at.</summary>
public sealed class SharedDatabaseTests : IAsyncLifetime
{
    private const int AtOnce = 60;
    private RedisServer _redis = null!;
    private HubChatApp _one = null!;
    private HubChatApp _two = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisServer.StartAsync(Token);
        var settings = new Dictionary<string, string>
        {
            ["ConnectionStrings:HubChat"] = await SharedPostgres.CreateDatabaseAsync(),
            ["ConnectionStrings:Redis"] = _redis.Connection,
        };
        (_one, _two) = (new HubChatApp(settings), new HubChatApp(settings));
        _one.Start();
        _two.Start();
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await _one.DisposeAsync();
            await _two.DisposeAsync();
        }
        finally
        {
            await _redis.DisposeAsync();
        }
    }

    [Fact]
    public async Task Numbers_of_a_chat_have_no_hole_and_no_double_however_many_write()
    {
        var (ada, bob, chat) = await ChatAsync();

        await Task.WhenAll(Enumerable.Range(0, AtOnce).SelectMany(i => new[] { PostAsync(ada, chat, $"a-{i}"), PostAsync(bob, chat, $"b-{i}") }));

        var id = new ChatId(Guid.Parse(chat));
        var seqs = await _one.ReadAsync(db => db.Events.Where(stored => stored.ChatId == id).Select(stored => stored.Seq).OrderBy(seq => seq).ToListAsync(Token));
        Assert.Equal(Enumerable.Range(1, seqs.Count).Select(number => (long)number), seqs);
        Assert.Equal(2 * AtOnce, await _one.ReadAsync(db => db.Messages.CountAsync(message => message.ChatId == id, Token)));
    }

    [Fact]
    public async Task Same_send_at_both_nodes_at_once_is_one_message()
    {
        var (ada, _, chat) = await ChatAsync();
        await using var other = await ada.At(_two.Address).ConnectAsync(Token);
        await using var hub = await ada.ConnectAsync(Token);

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).SelectMany(_ => new[] { hub.PostAsync(chat, "once", "same", Token), other.PostAsync(chat, "once", "same", Token) }));

        Assert.Single(answers.Select(answer => answer.GetProperty("messageId").GetString()).Distinct());
        Assert.Single(answers.Select(answer => answer.GetProperty("seq").GetInt64()).Distinct());
        Assert.Equal(1, await _one.ReadAsync(db => db.Messages.CountAsync(message => message.ClientMessageId == "same", Token)));
    }

    [Fact]
    public async Task Lines_of_the_audit_log_are_a_chain_whoever_writes_them()
    {
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(i =>
            (i % 2 == 0 ? _one : _two).Services.GetRequiredService<AuditLog>().AppendAsync(new AuditRecord(null, "users.listed"), Token)));

        var verdict = await _two.Services.GetRequiredService<AuditLog>().VerifyAsync(Token);
        Assert.Equal((null, true), (verdict.BrokenSeq, verdict.Entries >= AtOnce));
    }

    [Fact]
    public async Task Each_reply_is_written_by_one_node()
    {
        var (ada, bob, _) = await ChatAsync();
        await using var hub = await ada.ConnectAsync(Token);
        await using var other = await bob.ConnectAsync(Token);
        _one.Model.Hold = _two.Model.Hold = false;

        for (var i = 0; i < 10; i++)
        {
            await hub.PostAsync(await hub.CreateChatAsync(Token), "Hello", $"a-{i}", Token);
            await other.PostAsync(await other.CreateChatAsync(Token), "Hello", $"b-{i}", Token);
        }

        await Eventually.HoldsAsync(
            async () => await _one.ReadAsync(db => db.Generations.CountAsync(generation => generation.State == ReplyState.Done, Token)) == 20, Token, TimeSpan.FromSeconds(60));
        Assert.All(await _one.ReadAsync(db => db.Generations.AsNoTracking().ToListAsync(Token)), generation => Assert.Equal(1, generation.Attempt));
    }

    [Fact]
    public async Task Both_nodes_make_one_signing_key_and_open_what_the_other_protects()
    {
        var now = DateTimeOffset.UtcNow;
        var keys = await Task.WhenAll(new[] { _one, _two }.Select(app => app.Services.GetRequiredService<KeyRing>().GetForAsync(now, Token)));
        Assert.Equal(keys[0].Id, keys[1].Id);

        var secret = _one.Services.GetRequiredService<IDataProtectionProvider>().CreateProtector("test").Protect("a secret");
        Assert.Equal("a secret", _two.Services.GetRequiredService<IDataProtectionProvider>().CreateProtector("test").Unprotect(secret));
    }

    [Fact]
    public async Task Node_says_that_it_lives_by_the_clock_of_the_database_and_takes_its_lease_with_it()
    {
        var (one, two) = (_one.Services.GetRequiredService<NodeIdentity>(), _two.Services.GetRequiredService<NodeIdentity>());
        var nodes = await _one.ReadAsync(db => db.Nodes.AsNoTracking().Where(node => node.LeaseUntil > DateTime.UtcNow).ToListAsync(Token));
        Assert.Equal(new[] { one.Id, two.Id }.Order(), nodes.Select(node => node.Id).Order());
        await Eventually.HoldsAsync(() => _one.Services.GetRequiredService<NodeHeartbeat>().IsSteady, Token);

        await _two.Services.GetRequiredService<NodeHeartbeat>().StopAsync(Token);
        Assert.Equal(one.Id, (await _one.ReadAsync(db => db.Nodes.AsNoTracking().SingleAsync(Token))).Id);
    }

    [Fact]
    public async Task Node_that_freezes_in_the_middle_of_a_write_holds_the_others_up_no_longer_than_its_lease()
    {
        var (ada, _, chat) = await ChatAsync();
        await using var db = await _one.Services.GetRequiredService<IDbContextFactory<ChatDbContext>>().CreateDbContextAsync(Token);
        await using var transaction = await db.Database.BeginTransactionAsync(Token);
        await db.Database.ExecuteSqlAsync($"""SELECT 1 FROM "Chats" WHERE "Id" = {Guid.Parse(chat)} FOR UPDATE""", Token);

        await using var other = await ada.At(_two.Address).ConnectAsync(Token);
        await other.PostAsync(chat, "Not held up", "c-1", Token);

        var woken = await Assert.ThrowsAnyAsync<DbException>(() => transaction.CommitAsync(Token));
        Assert.Equal(ChatError.Busy, DatabaseFailures.Translate(woken)?.Error);
    }

    [Fact]
    public async Task Text_that_the_database_cannot_keep_is_refused_and_nothing_is_lost()
    {
        var (ada, _, chat) = await ChatAsync();
        await using var hub = await ada.ConnectAsync(Token);
        Assert.Equal("text_invalid", await hub.RefusedAsync("PostMessage", Token, new { chatId = chat, text = "a\0b", clientMessageId = "nul" }));
        await PostAsync(ada, chat, "after");
    }

    private async Task<(TestUser Ada, TestUser Bob, string Chat)> ChatAsync()
    {
        var ada = await _one.SignUpAsync("ada", Token);
        var bob = await _two.SignUpAsync("bob", Token);
        await using var hub = await ada.ConnectAsync(Token);
        return (ada, bob, await hub.CreateChatAsync(Token, bob));
    }

    private static async Task PostAsync(TestUser user, string chat, string clientMessageId)
    {
        await using var hub = await user.ConnectAsync(Token);
        await Eventually.HoldsAsync(PostedAsync, Token, TimeSpan.FromSeconds(60));

        // A machine with other things to do may keep so many waiting longer than a send waits for its turn.
        async Task<bool> PostedAsync()
        {
            try
            {
                await hub.PostAsync(chat, clientMessageId, clientMessageId, Token);
                return true;
            }
            catch (HubException refusal) when (refusal.Message.Contains("busy", StringComparison.Ordinal))
            {
                return false;
            }
        }
    }
}
