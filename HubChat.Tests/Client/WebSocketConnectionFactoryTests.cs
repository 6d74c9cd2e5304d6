using System.Net;
using System.Net.WebSockets;
using System.Text;
using HubChat.Client.Sample;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Xunit;

namespace HubChat.Tests.Client;

public sealed class WebSocketConnectionFactoryTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Hub_connection_calls_streams_and_stops()
    {
        await using var server = await EchoServer.StartAsync(Token);
        await using var hub = Connect(server.Hub);
        await hub.StartAsync(Token);

        Assert.Equal("ada", await hub.InvokeAsync<string>("Echo", "ada", Token));
        Assert.Equal(Enumerable.Range(1, 500), await hub.StreamAsync<int>("Count", 500, Token).ToListAsync(Token));

        await hub.StopAsync(Token);
        Assert.Equal(HubConnectionState.Disconnected, hub.State);
    }

    [Fact]
    public async Task Hub_connection_can_start_again_after_the_server_dropped_it()
    {
        await using var server = await EchoServer.StartAsync(Token);
        await using var hub = Connect(server.Hub);
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        hub.Closed += _ =>
        {
            closed.TrySetResult();
            return Task.CompletedTask;
        };
        await hub.StartAsync(Token);

        await hub.SendAsync("Drop", Token);
        await closed.Task.WaitAsync(Token);
        await hub.StartAsync(Token);

        Assert.Equal("again", await hub.InvokeAsync<string>("Echo", "again", Token));
    }

    [Fact]
    public async Task Message_larger_than_every_buffer_arrives_whole()
    {
        await using var server = await EchoServer.StartAsync(Token);
        await using var connection = await OpenAsync(server.Raw);
        var sent = new string('x', 300_000) + "end";

        var sending = connection.Transport.Output.WriteAsync(Encoding.UTF8.GetBytes(sent), Token);
        var received = await ReadAsync(connection, sent.Length);
        await sending;

        Assert.Equal(sent, received);
    }

    [Fact]
    public async Task Token_travels_in_the_authorization_header()
    {
        await using var server = await EchoServer.StartAsync(Token);
        await using var connection = await OpenAsync(server.Raw, "secret");

        Assert.Equal("Bearer secret", server.Authorization);
    }

    [Fact]
    public async Task Disposing_says_goodbye_with_a_close_frame()
    {
        await using var server = await EchoServer.StartAsync(Token);
        var connection = await OpenAsync(server.Raw);

        await connection.DisposeAsync();

        Assert.Equal(WebSocketCloseStatus.NormalClosure, await server.Closed.WaitAsync(Token));
        Assert.True(connection.ConnectionClosed.IsCancellationRequested);
    }

    [Fact]
    public async Task What_was_written_before_disposing_is_still_sent()
    {
        await using var server = await EchoServer.StartAsync(Token);
        var connection = await OpenAsync(server.Raw);

        await connection.Transport.Output.WriteAsync("refuse"u8.ToArray(), Token);
        await connection.DisposeAsync();

        // The server answers "refuse" with a close of its own.
        Assert.Equal(WebSocketCloseStatus.NormalClosure, await server.Closed.WaitAsync(Token));
    }

    [Fact]
    public async Task Close_that_is_not_normal_is_an_error_with_its_reason()
    {
        await using var server = await EchoServer.StartAsync(Token);
        await using var connection = await OpenAsync(server.Raw);

        await connection.Transport.Output.WriteAsync("refuse"u8.ToArray(), Token);
        var error = await Assert.ThrowsAsync<IOException>(async () => await connection.Transport.Input.ReadAsync(Token));

        Assert.Contains("PolicyViolation", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lost_connection_is_an_error()
    {
        await using var server = await EchoServer.StartAsync(Token);
        await using var connection = await OpenAsync(server.Raw);

        await connection.Transport.Output.WriteAsync("vanish"u8.ToArray(), Token);

        await Assert.ThrowsAsync<WebSocketException>(async () => await connection.Transport.Input.ReadAsync(Token));
    }

    [Fact]
    public async Task Abort_ends_the_connection_at_once()
    {
        await using var server = await EchoServer.StartAsync(Token);
        await using var connection = await OpenAsync(server.Raw);
        var reading = connection.Transport.Input.ReadAsync(Token);

        connection.Abort();

        await Assert.ThrowsAnyAsync<Exception>(async () => await reading);
        Assert.Null(await server.Closed.WaitAsync(Token));
    }

    [Fact]
    public async Task Message_over_the_maximum_ends_the_connection()
    {
        await using var server = await EchoServer.StartAsync(Token);
        var factory = new WebSocketConnectionFactory(_ => Task.FromResult<string?>(null)) { MaximumMessageBytes = 10 };
        await using var connection = await factory.ConnectAsync(new UriEndPoint(server.Raw), Token);

        await connection.Transport.Output.WriteAsync("more than ten"u8.ToArray(), Token);

        await Assert.ThrowsAsync<IOException>(async () => await connection.Transport.Input.ReadAsync(Token));
    }

    [Fact]
    public async Task Refusal_says_its_status()
    {
        await using var server = await EchoServer.StartAsync(Token);

        var error = await Assert.ThrowsAsync<HttpRequestException>(() => OpenAsync(server.At("/refused")));

        Assert.Equal(HttpStatusCode.Unauthorized, error.StatusCode);
    }

    [Fact]
    public async Task Server_that_is_not_there_has_no_status()
    {
        var server = await EchoServer.StartAsync(Token);
        var address = server.Raw;
        await server.DisposeAsync();

        var error = await Assert.ThrowsAsync<HttpRequestException>(() => OpenAsync(address));

        Assert.Null(error.StatusCode);
    }

    private static HubConnection Connect(Uri hub) =>
        new HubConnectionBuilder().WithWebSocket(hub, _ => Task.FromResult<string?>("token")).Build();

    private static async Task<ConnectionContext> OpenAsync(Uri address, string? token = null) =>
        await new WebSocketConnectionFactory(_ => Task.FromResult(token)).ConnectAsync(new UriEndPoint(address), Token);

    private static async Task<string> ReadAsync(ConnectionContext connection, int length)
    {
        var read = await connection.Transport.Input.ReadAtLeastAsync(length, Token);
        var text = Encoding.UTF8.GetString(read.Buffer);
        connection.Transport.Input.AdvanceTo(read.Buffer.End);
        return text;
    }
}
