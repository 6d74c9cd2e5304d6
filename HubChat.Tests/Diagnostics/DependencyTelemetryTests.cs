using HubChat.Tests.App;
using HubChat.Tests.Faults;
using HubChat.Tests.Postgres;
using HubChat.Tests.Redis;
using Xunit;

namespace HubChat.Tests.Diagnostics;

/// <summary>What is measured and traced of Redis and PostgreSQL.</summary>
[Collection(nameof(Alone))]
public sealed class DependencyTelemetryTests
{
    private const string Database = "Npgsql";
    private const string Secret = "Marker of a text";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Redis_is_told_available_while_it_can_be_used()
    {
        using var recorded = new RecordedHub();
        await using var redis = await RedisServer.StartAsync(Token);
        await using var app = new HubChatApp(new Dictionary<string, string> { ["ConnectionStrings:Redis"] = redis.Connection });
        app.Start();
        await Eventually.HoldsAsync(() => recorded.Look("hubchat.redis.available") == 1, Token);

        await redis.KillAsync(Token);
        await Eventually.HoldsAsync(() => recorded.Look("hubchat.redis.available") == 0, Token);

        await redis.RestartAsync(Token);
        await Eventually.HoldsAsync(() => recorded.Look("hubchat.redis.available") == 1, Token, TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task Calls_of_PostgreSQL_are_below_the_reply_and_its_writes_are_measured()
    {
        using var recorded = new RecordedHub(Database);
        await using var app = new HubChatApp(new Dictionary<string, string> { ["ConnectionStrings:HubChat"] = await SharedPostgres.CreateDatabaseAsync() });
        app.Model.Answer = _ => Secret;
        var ada = await app.SignUpAsync("ada", Token);
        await using var hub = await ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token);
        await hub.WatchAsync(chat, Token);
        await hub.PostAsync(chat, Secret, "c-1", Token);
        await hub.NextAsync(Token, "done");
        await Eventually.HoldsAsync(() => recorded.Spans.Any(span => span.OperationName == "reply"), Token);

        Assert.NotEmpty(recorded.Of("hubchat.storage.write.duration", "db.system.name=postgresql"));
        Assert.All(recorded.Of("hubchat.storage.write.batch_size"), writes => Assert.Equal(1, writes));
        var reply = recorded.Spans.Single(span => span.OperationName == "reply");
        Assert.Contains(recorded.Spans, span => span.Source.Name == Database && span.TraceId == reply.TraceId);
        Assert.All(recorded.Spans, span => Assert.DoesNotContain(Secret, RecordedHub.Said(span), StringComparison.Ordinal));
    }
}
