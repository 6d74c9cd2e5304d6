using System.Net;
using System.Net.Sockets;
using HubChat.Server.Models;
using HubChat.Server.Models.Ollama;
using HubChat.Server.Models.Upstreams;
using HubChat.Tests.Models.Fakes;
using Xunit;

namespace HubChat.Tests.Models.Upstreams;

/// <summary>S41: what a name may resolve to.</summary>
public sealed class AddressGuardTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("8.8.8.8", true, true)]
    [InlineData("172.15.255.255", true, true)]
    [InlineData("172.32.0.0", true, true)]
    [InlineData("100.63.255.255", true, true)]
    [InlineData("100.128.0.0", true, true)]
    [InlineData("2606:4700::1111", true, true)]
    [InlineData("64:ff9b::808:808", true, true)]
    [InlineData("127.0.0.1", false, true)]
    [InlineData("127.255.255.254", false, true)]
    [InlineData("10.1.2.3", false, true)]
    [InlineData("172.16.0.1", false, true)]
    [InlineData("172.31.255.254", false, true)]
    [InlineData("192.168.0.1", false, true)]
    [InlineData("100.64.0.1", false, true)]
    [InlineData("::1", false, true)]
    [InlineData("fd12::1", false, true)]
    [InlineData("fc00::1", false, true)]
    [InlineData("0.0.0.0", false, false)]
    [InlineData("0.1.2.3", false, false)]
    [InlineData("169.254.169.254", false, false)]
    [InlineData("169.254.1.1", false, false)]
    [InlineData("100.100.100.200", false, false)]
    [InlineData("168.63.129.16", false, false)]
    [InlineData("192.0.0.1", false, false)]
    [InlineData("192.0.2.1", false, false)]
    [InlineData("192.88.99.1", false, false)]
    [InlineData("198.18.0.1", false, false)]
    [InlineData("198.19.255.255", false, false)]
    [InlineData("198.51.100.1", false, false)]
    [InlineData("203.0.113.1", false, false)]
    [InlineData("224.0.0.1", false, false)]
    [InlineData("239.255.255.255", false, false)]
    [InlineData("240.0.0.1", false, false)]
    [InlineData("255.255.255.255", false, false)]
    [InlineData("::", false, false)]
    [InlineData("::7f00:1", false, false)]
    [InlineData("::ffff:127.0.0.1", false, false)]
    [InlineData("::ffff:10.0.0.1", false, false)]
    [InlineData("::ffff:169.254.169.254", false, false)]
    [InlineData("::ffff:0:7f00:1", false, false)]
    [InlineData("64:ff9b::127.0.0.1", false, false)]
    [InlineData("64:ff9b::a00:1", false, false)]
    [InlineData("64:ff9b:1::808:808", false, false)]
    [InlineData("2002:7f00:1::1", false, false)]
    [InlineData("2002:c0a8:1::1", false, false)]
    [InlineData("2001:0:1::1", false, false)]
    [InlineData("2001:db8::1", false, false)]
    [InlineData("3fff::1", false, false)]
    [InlineData("100::1", false, false)]
    [InlineData("fe80::1", false, false)]
    [InlineData("fe80::1%3", false, false)]
    [InlineData("febf::1", false, false)]
    [InlineData("fec0::1", false, false)]
    [InlineData("fd00:ec2::254", false, false)]
    [InlineData("fd20:ce::254", false, false)]
    [InlineData("ff02::1", false, false)]
    [InlineData("4000::1", false, false)]
    public void Name_may_resolve_only_to_what_is_allowed(string address, bool isPublic, bool isAllowedLocally)
    {
        // Nothing is connected to: should the guard ever break, its test must not knock at other people's doors.
        var upstream = ModelClients.Parse("http://models.example");
        var resolved = IPAddress.Parse(address);

        Assert.Equal(isPublic, new AddressGuard(upstream).IsAllowed(resolved));
        Assert.Equal(isAllowedLocally, new AddressGuard(upstream, allowLocal: true).IsAllowed(resolved));
    }

    [Theory]
    [InlineData("127.0.0.1", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("0.0.0.0", true)]
    public async Task Name_that_resolves_only_to_what_is_not_allowed_is_not_connected_to(string address, bool allowLocal)
    {
        await using var fake = await FakeOllama.StartAsync();
        var upstream = ModelClients.Parse($"http://models.example:{fake.Address.Port}");

        var refused = await Assert.ThrowsAsync<ModelException>(() => ConnectAsync(upstream, [IPAddress.Parse(address)], allowLocal));

        Assert.Equal((ModelException.Unavailable, false), (refused.Code, refused.IsTransient));
        Assert.DoesNotContain(address, refused.Message, StringComparison.Ordinal);
        Assert.Equal(0, fake.AcceptedConnections);
    }

    [Fact]
    public async Task Name_of_this_machine_is_refused_where_the_operator_did_not_ask_for_it()
    {
        await using var fake = await FakeOllama.StartAsync();
        var address = ModelClients.Parse($"http://rebound.example:{fake.Address.Port}");
        using var http = ModelClients.Http(address, (_, _) => Task.FromResult(new[] { IPAddress.Loopback, IPAddress.IPv6Loopback }));
        using var client = new OllamaChatClient(http, address, OllamaProtocol.Model, new OllamaModelOptions(), TimeProvider.System);

        var failure = (await client.HearAsync("Hello", Token)).Failed(ModelException.Unavailable);

        Assert.Equal("The host rebound.example resolves only to addresses that are not allowed.", failure.Message);
        Assert.Equal(0, fake.AcceptedConnections);
    }

    [Fact]
    public async Task Forbidden_addresses_of_a_name_are_passed_over()
    {
        await using var fake = await FakeOllama.StartAsync();
        var upstream = ModelClients.Parse($"http://ollama:{fake.Address.Port}");
        IPAddress[] addresses = [IPAddress.Any, IPAddress.Loopback.MapToIPv6(), IPAddress.Loopback];

        await using var stream = await ConnectAsync(upstream, addresses, allowLocal: true);

        var connected = Assert.IsType<NetworkStream>(stream).Socket.RemoteEndPoint;
        Assert.Equal(new IPEndPoint(IPAddress.Loopback, fake.Address.Port), connected);
    }

    [Fact]
    public async Task Next_address_is_tried_when_one_does_not_answer()
    {
        await using var fake = await FakeOllama.StartAsync();
        var upstream = ModelClients.Parse($"http://localhost:{fake.Address.Port}");

        await using var stream = await ConnectAsync(upstream, [IPAddress.Parse("127.0.0.9"), IPAddress.Loopback]);

        Assert.True(stream.CanRead);
    }

    [Theory]
    [InlineData("localhost", 11435)]
    [InlineData("127.0.0.1", 11434)]
    [InlineData("models.example", 11434)]
    public async Task Consent_holds_for_one_host_and_port(string host, int port)
    {
        var guard = new AddressGuard(ModelClients.Parse("http://localhost:11434"), allowLocal: true);

        var refused = await Assert.ThrowsAsync<ModelException>(async () => await guard.ConnectAsync(new DnsEndPoint(host, port), Token));

        Assert.Equal(ModelException.Unavailable, refused.Code);
    }

    [Fact]
    public async Task Name_without_addresses_is_refused() =>
        await Assert.ThrowsAsync<ModelException>(() => ConnectAsync(ModelClients.Parse("http://models.example"), []));

    [Fact]
    public async Task Name_that_nobody_knows_is_unavailable()
    {
        var address = ModelClients.Parse("http://models.example");
        using var http = ModelClients.Http(address, (_, _) => throw new SocketException((int)SocketError.HostNotFound));
        using var client = new OllamaChatClient(http, address, "m", new OllamaModelOptions(), TimeProvider.System);

        var failure = (await client.HearAsync("Hello", Token)).Failed(ModelException.Unavailable);

        Assert.True(failure.IsTransient);
        Assert.Contains("resolved", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("two words")]
    [InlineData("line\r\nX-More: 1")]
    [InlineData("schlüssel")]
    public void Key_that_no_header_can_carry_is_refused_without_repeating_it(string key)
    {
        var guard = new AddressGuard(ModelClients.Parse("http://models.example"));

        Assert.DoesNotContain(key, Assert.Throws<ArgumentException>(() => UpstreamHttp.Create(guard, key)).ToString(), StringComparison.Ordinal);
    }

    private static async Task<Stream> ConnectAsync(UpstreamAddress upstream, IPAddress[] addresses, bool allowLocal = false) =>
        await new AddressGuard(upstream, allowLocal, (_, _) => Task.FromResult(addresses)).ConnectAsync(new DnsEndPoint(upstream.Host, upstream.Port), Token);
}
