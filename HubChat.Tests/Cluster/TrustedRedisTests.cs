using HubChat.Tests.Faults;
using HubChat.Tests.Redis;
using StackExchange.Redis;
using Xunit;

namespace HubChat.Tests.Cluster;

/// <summary>
/// Two nodes and a Redis that speaks TLS only. Whom a process trusts is settled when it starts, so these are processes: one authority for
/// the nodes to trust, by SSL_CERT_FILE.
/// </summary>
public sealed class TrustedRedisTests : IDisposable
{
    private readonly TestAuthority _authority = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _authority.Dispose();

    [Fact]
    public async Task Nodes_that_trust_its_authority_stream_and_tell_each_other_over_TLS_and_others_do_without()
    {
        await using var redis = new RedisServer
        {
            Authority = _authority,
            Arguments = ["--user", "default", "off", "--user", "hubchat", "on", ">secret", "~*", "&*", "+@all"],
        };
        await redis.RestartAsync(Token);
        var connection = $"{redis.Connection},user=hubchat,password=secret,ssl=true";
        await using var cluster = await NodeCluster.StartAsync(
            2, Token, settings: [("ConnectionStrings__Redis", connection), ("SSL_CERT_FILE", _authority.AuthorityFile)]);
        await cluster.SayAsync("ready", Token);

        await using var run = new RecordedRun();
        var (ada, bob) = await cluster.TwoPeopleAsync(run, Token);
        var asked = await ada.SendAsync("Hello, @assistant", "ask", Token);
        await bob.HoldsAsync(state => state.MessageOf(asked.ReplyId)?.State == "done", Token, TimeSpan.FromSeconds(30));

        // Both nodes listen, and what was streamed is there.
        var options = ConfigurationOptions.Parse(connection);
        options.TrustIssuer(_authority.AuthorityFile);
        await using var client = await ConnectionMultiplexer.ConnectAsync(options);
        Assert.True(await client.GetDatabase().KeyExistsAsync($"hubchat:{{{asked.GenerationId}}}:deltas"));
        Assert.Equal(2, await client.GetServers().Single().SubscriptionSubscriberCountAsync(RedisChannel.Literal("hubchat:nodes")));

        // The same node where nobody has told it whom to trust.
        await using var distrustful = await FaultServer.StartAsync(Token, ("ConnectionStrings__Redis", connection), ("SSL_CERT_FILE", ""));
        using var http = new HttpClient();
        Assert.Equal("degraded: redis", await http.GetStringAsync(new Uri(distrustful.Address, "readyz"), Token));
        await Eventually.HoldsAsync(() => distrustful.Output.Contains("TLS with it fails: the certificate of CN=redis, signed by CN=HubChat test authority, is refused", StringComparison.Ordinal), Token);
        Assert.DoesNotContain("secret", distrustful.Output, StringComparison.Ordinal);
    }
}
