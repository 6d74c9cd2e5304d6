using System.Net;
using Xunit;

namespace HubChat.Tests;

public sealed class ServerProcessTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Started_server_is_ready_and_terminates_in_order()
    {
        await using var server = await ServerProcess.StartAsync(cancellationToken: Cancelled);
        Assert.Equal(HttpStatusCode.OK, await ReadinessAsync(server));

        server.Terminate();

        // 143 would be the end by the signal itself.
        Assert.Equal(0, await server.ExitedAsync(Cancelled));
    }

    [Fact]
    public async Task Killed_server_comes_back_on_its_port_and_data_folder()
    {
        await using var server = await ServerProcess.StartAsync(cancellationToken: Cancelled);
        var (address, processId, folder) = (server.Address, server.ProcessId, server.DataFolder);

        server.Kill();
        Assert.Equal(128 + 9, await server.ExitedAsync(Cancelled));
        await server.RestartAsync(Cancelled);

        Assert.Equal(address, server.Address);
        Assert.Equal(folder, server.DataFolder);
        Assert.NotEqual(processId, server.ProcessId);
        Assert.Equal(HttpStatusCode.OK, await ReadinessAsync(server));
    }

    [Fact]
    public async Task Stopped_server_answers_after_it_continues()
    {
        await using var server = await ServerProcess.StartAsync(cancellationToken: Cancelled);

        server.Stop();
        var answer = ReadinessAsync(server);
        await Eventually.HoldsAsync(() => StateOf(server.ProcessId) == 'T', Cancelled);
        Assert.False(answer.IsCompleted);
        server.Continue();

        Assert.Equal(HttpStatusCode.OK, await answer);
    }

    [Fact]
    public async Task Server_that_cannot_start_says_why()
    {
        var broken = new Dictionary<string, string> { ["ASPNETCORE_CONTENTROOT"] = "/no/such/folder" };

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => ServerProcess.StartAsync(broken, Cancelled));

        Assert.Contains("/no/such/folder", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Disposed_server_is_gone_with_its_data_folder()
    {
        var server = await ServerProcess.StartAsync(cancellationToken: Cancelled);
        Assert.True(Directory.Exists(server.DataFolder));

        await server.DisposeAsync();

        Assert.False(Directory.Exists(server.DataFolder));
        await Assert.ThrowsAsync<HttpRequestException>(() => ReadinessAsync(server));
    }

    private static async Task<HttpStatusCode> ReadinessAsync(ServerProcess server)
    {
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri(server.Address, "readyz"), Cancelled);
        return answer.StatusCode;
    }

    /// <summary>The state letter of a process, as in <c>/proc/…/stat</c> after the name in brackets.</summary>
    private static char StateOf(int processId)
    {
        var stat = File.ReadAllText($"/proc/{processId}/stat");
        return stat[stat.LastIndexOf(')') + 2];
    }
}
