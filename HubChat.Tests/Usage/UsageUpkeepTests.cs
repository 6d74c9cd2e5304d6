using HubChat.Server.Ids;
using HubChat.Server.Redis;
using HubChat.Server.Usage;
using HubChat.Tests.App;
using HubChat.Tests.Redis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Xunit;

namespace HubChat.Tests.Usage;

public sealed class UsageUpkeepTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Neither_a_new_node_nor_a_Redis_that_lost_everything_gives_a_new_allowance()
    {
        await using var redis = await RedisServer.StartAsync(Token);
        await using var app = new HubChatApp(new Dictionary<string, string>
        {
            ["ConnectionStrings:Redis"] = redis.Connection,
            ["Usage:User:RequestsPerDay"] = "3",
        });
        app.Start();
        await Eventually.HoldsAsync(async () => await IsToldAsync(redis), Token);
        var ada = await app.SignUpAsync("ada", Token);
        await using var hub = await ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token);
        await hub.WatchAsync(chat, Token);
        for (var i = 0; i < 3; i++)
        {
            await hub.PostAsync(chat, "Hello", $"c-{i}", Token);
            await hub.NextEventAsync("generation.completed", Token);
        }

        var subject = new UsageSubject(new UserId(Guid.Parse(ada.Id)), Key: null, Chat: null);
        var limits = app.Services.GetRequiredService<UsageLimits>();
        await Eventually.HoldsAsync(async () => (await limits.ReadAsync(subject, Token)).All(level => level.Meter is not UsageMeter.Running || level.Used == 0), Token);
        var used = await limits.ReadAsync(subject, Token);
        await using var connection = await redis.OpenAsync(Token);
        var (other, upkeep) = NewNode(app, connection);

        await upkeep.RestoreAsync(Token);
        Assert.Equal(used, await other.ReadAsync(subject, Token));

        await redis.KillAsync(Token);
        Assert.Equal(0, (await other.ReadAsync(subject, Token)).Single(IsRequestsOfTheDay).Used);
        await redis.RestartAsync(Token);
        await Eventually.HoldsAsync(async () => await IsToldAsync(redis), Token, TimeSpan.FromSeconds(30));
        await Eventually.HoldsAsync(() => connection.IsAvailable, Token);
        await upkeep.RestoreAsync(Token);
        Assert.Equal(3, (await other.ReadAsync(subject, Token)).Single(IsRequestsOfTheDay).Used);
        Assert.Equal("quota_exceeded", await hub.RefusedAsync("PostMessage", Token, new { chatId = chat, text = "Hello", clientMessageId = "c-3" }));
    }

    private static bool IsRequestsOfTheDay(UsageLevel level) => level.Meter is UsageMeter.Requests && level.Window == TimeSpan.FromDays(1);

    private static async Task<bool> IsToldAsync(RedisServer redis)
    {
        await using var client = await redis.ConnectAsync();
        return await client.GetDatabase().KeyExistsAsync(RedisKeys.UsageRestored);
    }

    private static (UsageLimits Limits, UsageUpkeep Upkeep) NewNode(HubChatApp app, RedisConnection connection)
    {
        var counters = new RedisUsageCounters(connection, new MemoryUsageCounters(TimeProvider.System));
        var limits = new UsageLimits(counters, app.Services.GetRequiredService<IOptions<UsageOptions>>());
        var upkeep = new UsageUpkeep(
            counters, connection, limits, app.Services.GetRequiredService<ILedger>(), TimeProvider.System, NullLogger<UsageUpkeep>.Instance);
        return (limits, upkeep);
    }
}
