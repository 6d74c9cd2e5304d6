using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using HubChat.Tests.App;
using HubChat.Tests.Endpoints.Auth;
using Xunit;

namespace HubChat.Tests.Faults;

/// <summary>F47: little that says it is much. Nothing that comes in is ever expanded.</summary>
public sealed class CompressedBodyTests
{
    private const int BombBytes = 64 * 1024 * 1024;
    private const int ZstdBlock = 128 * 1024;
    private const byte Compressed = 0x40;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>What is inside is right at the beginning: a door that looked would take it, or find it too large.</summary>
    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("zstd")]
    public async Task Compressed_body_is_refused_with_a_code_however_little_is_in_it(string encoding)
    {
        await using var app = new HubChatApp();
        var ada = await app.SignUpAsync("ada", Token);
        using var client = new AuthClient(app);
        var key = await client.NewKeyAsync(ada, "models");
        (string Path, string Body, string Token)[] doors =
        [
            ("/api/auth/login", JsonSerializer.Serialize(new { username = "ada", password = TestUser.Password }), ""),
            ("/backend-api/f/conversation", """{"action":"next","messages":[{"author":{"role":"user"},"content":{"parts":["Hello"]}}]}""", ada.Token),
            ("/v1/chat/completions", """{"model":"scripted","messages":[{"role":"user","content":"Hello"}]}""", key),
        ];

        foreach (var (path, body, token) in doors)
        {
            foreach (var bytes in new[] { Compress(encoding, body, 0), Compress(encoding, body, BombBytes) })
            {
                Assert.InRange(bytes.Length, 1, 128 * 1024);
                var (status, code) = await PostAsync(app, path, bytes, encoding, token);
                Assert.Contains(status, new[] { HttpStatusCode.BadRequest, HttpStatusCode.RequestEntityTooLarge, HttpStatusCode.UnsupportedMediaType });
                Assert.Contains("\"invalid_", code, StringComparison.Ordinal);
            }
        }

        Assert.Equal(0, await app.ReadAsync(db => Task.FromResult(db.Messages.Count())));
    }

    [Fact]
    public async Task WebSocket_is_opened_without_compression_and_a_compressed_frame_closes_it()
    {
        await using var app = new HubChatApp();
        var ada = await app.SignUpAsync("ada", Token);
        using var socket = await RawWebSocket.ConnectAsync(
            new Uri(app.Address, "/hubs/chat"), Token,
            headers: new Dictionary<string, string>
            {
                ["Authorization"] = $"Bearer {ada.Token}",
                ["Sec-WebSocket-Extensions"] = "permessage-deflate; client_max_window_bits",
            });

        Assert.DoesNotContain("Sec-WebSocket-Extensions", socket.Answer, StringComparison.OrdinalIgnoreCase);
        var frame = WebSocketFrames.Encode(WebSocketOpcode.Text, new byte[100]);
        frame[0] |= Compressed;
        await socket.SendRawAsync(frame, Token);
        await socket.ReceiveUntilClosedAsync(Token);
        await using var hub = await ada.ConnectAsync(Token);
        await hub.CreateChatAsync(Token);
    }

    private static async Task<(HttpStatusCode Status, string Code)> PostAsync(HubChatApp app, string path, byte[] body, string encoding, string token)
    {
        using var http = new HttpClient { BaseAddress = app.Address };
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Content.Headers.ContentEncoding.Add(encoding);
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        using var response = await http.SendAsync(request, Token);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Token));
    }

    /// <summary>The text, and so many blanks after it.</summary>
    private static byte[] Compress(string encoding, string text, int blanks)
    {
        if (encoding == "zstd")
        {
            return Zstd(text, blanks);
        }

        var bytes = new MemoryStream();
        using (Stream stream = encoding == "br" ? new BrotliStream(bytes, CompressionLevel.Optimal) : new GZipStream(bytes, CompressionLevel.Optimal))
        {
            stream.Write(Encoding.UTF8.GetBytes(text));
            stream.Write(Encoding.ASCII.GetBytes(new string(' ', blanks)));
        }

        return bytes.ToArray();
    }

    /// <summary>A frame by hand (RFC 8878 §3.1.1): one raw block, and blocks that are one byte many times over.</summary>
    private static byte[] Zstd(string text, int blanks)
    {
        var raw = Encoding.UTF8.GetBytes(text);
        List<byte> frame = [0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x58, .. Block(type: 0, raw.Length, isLast: blanks == 0), .. raw];
        for (var left = blanks; left > 0; left -= ZstdBlock)
        {
            frame.AddRange([.. Block(type: 1, Math.Min(left, ZstdBlock), isLast: left <= ZstdBlock), (byte)' ']);
        }

        return [.. frame];
    }

    private static byte[] Block(int type, int size, bool isLast)
    {
        var header = (size << 3) | (type << 1) | (isLast ? 1 : 0);
        return [(byte)header, (byte)(header >> 8), (byte)(header >> 16)];
    }
}
