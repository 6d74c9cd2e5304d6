using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using HubChat.Tests.App;
using Xunit;

namespace HubChat.Tests.Hosting;

public sealed class BodyLimitTests
{
    private const int Megabyte = 1_048_576;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Client_that_sends_all_of_a_body_over_the_limit_before_it_reads_gets_the_answer()
    {
        await using var app = new HubChatApp();
        using var client = await PostAsync(app.Address, length: 16 * Megabyte);

        // More than the buffers between the two hold: it arrives only because the server reads on.
        var block = new byte[Megabyte];
        for (var sent = 0; sent < 16; sent++)
        {
            await client.SendAsync(block, Token);
        }

        AssertRefused(await ReadToEndAsync(client));
    }

    [Fact]
    public async Task Body_far_over_the_limit_is_refused_unread()
    {
        await using var app = new HubChatApp();
        using var client = await PostAsync(app.Address, length: 1_000L * Megabyte);

        AssertRefused(await ReadToEndAsync(client));
    }

    [Fact]
    public async Task Body_of_the_limit_is_read()
    {
        await using var app = new HubChatApp();
        using var client = await PostAsync(app.Address, length: Megabyte);
        await client.SendAsync(Encoding.ASCII.GetBytes("{}".PadRight(Megabyte)), Token);

        // Its members are missing, not its room.
        Assert.StartsWith("HTTP/1.1 400", await ReadToEndAsync(client), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Client_hears_that_the_connection_closes_after_a_body_in_chunks_over_the_limit()
    {
        await using var app = new HubChatApp();
        using var http = new HttpClient { BaseAddress = app.Address };
        foreach (var token in new[] { "", "nonsense" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/backend-api/f/conversation") { Content = new ByteArrayContent(new byte[2 * Megabyte]) };
            request.Headers.TransferEncodingChunked = true;
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");

            using var response = await http.SendAsync(request, Token);

            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
            Assert.True(response.Headers.ConnectionClose);
        }
    }

    [Fact]
    public async Task Client_that_sends_all_of_a_body_in_chunks_over_the_limit_before_it_reads_gets_the_answer()
    {
        await using var app = new HubChatApp();
        var ada = await app.SignUpAsync("ada", Token);
        using var http = ada.Http();
        foreach (var (megabytes, status) in new[] { (16, HttpStatusCode.RequestEntityTooLarge), (1, HttpStatusCode.BadRequest) })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/backend-api/f/conversation")
            {
                Content = new ByteArrayContent(Encoding.ASCII.GetBytes("{}".PadRight(megabytes * Megabyte))),
            };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            request.Headers.TransferEncodingChunked = true;

            using var response = await http.SendAsync(request, Token);

            Assert.Equal(status, response.StatusCode);
            Assert.True(response.Headers.ConnectionClose);
        }
    }

    private static async Task<Socket> PostAsync(Uri address, long length)
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(new IPEndPoint(IPAddress.Loopback, address.Port), Token);
        await client.SendAsync(
            Encoding.ASCII.GetBytes(
                $"POST /api/auth/login HTTP/1.1\r\nHost: {address.Authority}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"),
            Token);
        return client;
    }

    private static async Task<string> ReadToEndAsync(Socket client)
    {
        await using var stream = new NetworkStream(client, ownsSocket: false);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return await reader.ReadToEndAsync(Token);
    }

    private static void AssertRefused(string answer)
    {
        Assert.StartsWith("HTTP/1.1 413", answer, StringComparison.Ordinal);
        Assert.Contains("\"body_too_large\"", answer, StringComparison.Ordinal);
        Assert.Contains("X-Request-Id", answer, StringComparison.OrdinalIgnoreCase);
    }
}
