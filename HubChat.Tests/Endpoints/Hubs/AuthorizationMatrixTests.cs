using System.Net;
using System.Reflection;
using HubChat.Server.Endpoints.Hubs;
using HubChat.Tests.App;
using HubChat.Tests.Faults;
using Microsoft.AspNetCore.SignalR;
using Xunit;

namespace HubChat.Tests.Endpoints.Hubs;

public sealed class AuthorizationMatrixTests(AuthorizationWorld world) : IClassFixture<AuthorizationWorld>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, MatrixRole> AllowedCalls => Cases(isAllowed: true);

    public static TheoryData<string, MatrixRole> DeniedCalls => Cases(isAllowed: false);

    [Fact]
    public void Every_hub_method_has_a_row()
    {
        var methods = typeof(ChatHub).GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly)
            .Where(method => method is { IsSpecialName: false, IsVirtual: false })
            .Select(method => method.Name);

        Assert.Equal(methods.Order().Distinct(), HubOperations.All.Select(operation => operation.Method).Distinct().Order());
    }

    [Theory]
    [MemberData(nameof(AllowedCalls))]
    public async Task Who_may_is_let(string operation, MatrixRole role)
    {
        var row = HubOperations.All.Single(row => row.Name == operation);
        var target = row.IsOpen ? world.Shared(role) : await world.NewAsync(role, row.NeedsReplies);

        await CallAsync(row, role, target);

        if (!row.IsOpen && row.Method != "DeleteChat")
        {
            await world.Of(MatrixRole.Owner).CallAsync("DeleteChat", Token, target.ChatId);
        }
    }

    [Theory]
    [MemberData(nameof(DeniedCalls))]
    public async Task Who_may_not_changes_nothing_and_is_seen_by_nobody(string operation, MatrixRole role)
    {
        var row = HubOperations.All.Single(row => row.Name == operation);
        var target = world.Shared(role);
        await world.SeenAsync();
        var before = await world.LastSeqAsync(target);

        var refusal = await Assert.ThrowsAnyAsync<HubException>(() => CallAsync(row, role, target));

        Assert.Equal(row.For(role) is Verdict.Forbidden ? "forbidden" : "not_found", TestConnection.CodeOf(refusal));
        Assert.Equal(before, await world.LastSeqAsync(target));
        Assert.Empty(await world.SeenAsync());
        if (row.For(role) is Verdict.NotFound)
        {
            var missing = await Assert.ThrowsAnyAsync<HubException>(() => CallAsync(row, role, target.Missing()));
            Assert.Equal(missing.Message, refusal.Message);
        }
    }

    [Fact]
    public async Task Who_is_not_signed_in_is_not_connected()
    {
        using var http = new HttpClient { BaseAddress = world.App.Address };
        using var negotiation = await http.PostAsync("/hubs/chat/negotiate?negotiateVersion=1", content: null, Token);
        Assert.Equal(HttpStatusCode.Unauthorized, negotiation.StatusCode);

        var upgrade = await Assert.ThrowsAsync<HttpRequestException>(() => RawHubClient.ConnectAsync(world.App.Address, accessToken: null, Token));
        Assert.Contains("HTTP/1.1 401 ", upgrade.Message, StringComparison.Ordinal);

        var unknown = await Assert.ThrowsAsync<HttpRequestException>(() => RawHubClient.ConnectAsync(world.App.Address, "hcs_unknown", Token));
        Assert.Contains("HTTP/1.1 401 ", unknown.Message, StringComparison.Ordinal);
    }

    private static TheoryData<string, MatrixRole> Cases(bool isAllowed)
    {
        var cases = new TheoryData<string, MatrixRole>();
        foreach (var row in HubOperations.All)
        {
            foreach (var role in Enum.GetValues<MatrixRole>().Where(role => row.For(role) is Verdict.Allowed == isAllowed))
            {
                cases.Add(row.Name, role);
            }
        }

        return cases;
    }

    private async Task CallAsync(HubOperation row, MatrixRole role, MatrixTarget target)
    {
        var caller = world.Of(role);
        if (!row.IsStream)
        {
            await caller.CallAsync(row.Method, Token, row.Arguments(target));
            return;
        }

        await foreach (var _ in caller.StreamAsync(row.Method, Token, row.Arguments(target)))
        {
            return;
        }
    }
}
