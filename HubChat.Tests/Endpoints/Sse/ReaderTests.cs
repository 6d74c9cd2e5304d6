using System.Net.Sockets;
using System.Text;
using HubChat.Tests.App;
using HubChat.Tests.Faults;
using Xunit;

namespace HubChat.Tests.Endpoints.Sse;

/// <summary>Who reads a turn, how fast, and until when.</summary>
[Collection(nameof(Alone))]
public sealed class ReaderTests : IAsyncLifetime
{
    // What the flood leaves behind in this process, test included; it is far below what was said to all readers together.
    private const long FlatMemory = 64 * 1024 * 1024;
    private readonly SseWorld _world = new ShortWorld();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _world.InitializeAsync();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task Silent_stream_shows_that_it_lives_and_comments_are_no_frames()
    {
        var (turn, stream) = await _world.BeginAsync(SseWorld.Question("Hello"));
        await using var reading = stream;
        var seen = await reading.UntilAsync('A', Token);
        await using var resumed = await _world.ResumeAsync(seen, seen.Count);
        var (next, nextResumed) = (reading.NextAsync(Token), resumed.NextAsync(Token));
        await Eventually.HoldsAsync(() => reading.Pings >= 2 && resumed.Pings >= 2, Token);
        turn.Say("Hi");
        seen.Add((await next)!);
        Assert.Equal(seen[^1].Raw, (await nextResumed)!.Raw);
        seen.AddRange(await reading.UntilAsync('p', Token));
        var last = reading.NextAsync(Token);
        var before = reading.Pings;
        await Eventually.HoldsAsync(() => reading.Pings > before, Token);
        turn.Finish();
        seen.Add((await last)!);
        seen.AddRange(await reading.RestAsync(Token));

        Assert.Equal("ETIAMpFCD", SseWorld.KindsOf(seen));
        for (var offset = 0; offset < seen.Count; offset++)
        {
            await using var again = await _world.ResumeAsync(seen, offset);
            Assert.Equal(seen[offset..].Select(frame => frame.Raw), (await again.RestAsync(Token)).Select(frame => frame.Raw));
        }
    }

    [Fact]
    public async Task Any_number_of_readers_gets_the_same_bytes()
    {
        var (turn, stream) = await _world.BeginAsync(SseWorld.Question("Hello"));
        await using var first = stream;
        var begun = await first.UntilAsync('A', Token);
        var readings = new List<Task<List<SseFrame>>>();
        for (var i = 0; i < 60; i++)
        {
            turn.Say($"piece {i} ");
            readings.Add(ReadAsync(await _world.ResumeAsync(begun, 0)));
        }

        turn.Finish();
        begun.AddRange(await first.RestAsync(Token));
        var whole = begun.Select(frame => frame.Raw).ToList();

        Assert.All(await Task.WhenAll(readings), frames => Assert.Equal(whole, frames.Select(frame => frame.Raw)));
    }

    [Fact]
    public async Task Readers_that_take_nothing_cost_neither_memory_nor_others()
    {
        var (turn, stream) = await _world.BeginAsync(SseWorld.Question("Hello"));
        await using var first = stream;
        var begun = await first.UntilAsync('A', Token);
        using var slow = await StoppedReaderAsync(begun);
        var stopped = new List<Socket>();
        for (var i = 0; i < 60; i++)
        {
            stopped.Add(await StoppedReaderAsync(begun));
        }

        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < 20_000; i++)
        {
            turn.Say($"{i:D6} piece ");
        }

        turn.Finish();
        begun.AddRange(await first.RestAsync(Token));

        Assert.Equal("finished_successfully", SseWorld.StatusOf(begun));
        Assert.Equal(20_000 * "000000 piece ".Length, SseWorld.TextOf(begun).Length);
        Assert.InRange(begun.Count, 20_000, int.MaxValue);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, FlatMemory);

        // It was only slow: all is still to be had, in its order.
        stopped.ForEach(socket => socket.Dispose());
        var raw = await ReadToEndAsync(slow);
        Assert.EndsWith("data: [DONE]\n\n\r\n0\r\n\r\n", raw, StringComparison.Ordinal);
        Assert.Contains("019999 piece ", raw, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reader_whose_frames_are_forgotten_while_it_is_behind_is_told_so()
    {
        var (turn, stream) = await _world.BeginAsync(SseWorld.Question("Hello"));
        await using var first = stream;
        var begun = await first.UntilAsync('A', Token);
        using var slow = await StoppedReaderAsync(begun);
        for (var i = 0; i < 1_000; i++)
        {
            turn.Say($"{i:D4}{new string('x', 5_000)}");
        }

        turn.Finish();
        await first.RestAsync(Token);

        // One log is kept: that of the newest reply.
        await _world.AskAsync("Another");

        var raw = await ReadToEndAsync(slow);
        Assert.EndsWith("\n\n\r\n0\r\n\r\n", raw, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", raw, StringComparison.Ordinal);
        Assert.Contains("0000xxx", raw, StringComparison.Ordinal);
        Assert.DoesNotContain("0999xxx", raw, StringComparison.Ordinal);
        Assert.Equal((410, "stream_expired"), Short(await ResumeRefusalAsync(begun, _world.Ada)));
    }

    [Fact]
    public async Task End_of_the_session_ends_the_stream_and_not_the_turn()
    {
        var dan = await _world.App.SignUpAsync("dan", Token);
        await using var hub = await _world.Ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token, dan);
        var (turn, stream) = await _world.BeginAsync(SseWorld.Question("Hello", chat), dan);
        await using var dans = stream;
        turn.Say("One ");
        var seen = await dans.UntilAsync('p', Token);
        await using var adas = await _world.JoinAsync(chat);

        await _world.Client.PostAsync("/api/auth/logout", null, dan.Token);

        // It breaks off: whoever still may comes again.
        Assert.DoesNotContain(await dans.RestAsync(Token), frame => frame.IsDone);
        turn.Say("two");
        turn.Finish();
        Assert.Equal("One two", SseWorld.TextOf(await adas.RestAsync(Token)));
        Assert.Equal(401, SseWorld.RefusalOf(await ResumeRefusalAsync(seen, dan)).Status);
    }

    [Fact]
    public async Task Who_is_removed_reads_no_further()
    {
        await using var hub = await _world.Ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token, _world.Bob);
        var (turn, stream) = await _world.BeginAsync(SseWorld.Question("Hello", chat), _world.Bob);
        await using var bobs = stream;
        turn.Say("One ");
        var seen = await bobs.UntilAsync('p', Token);

        await hub.CallAsync("RemoveParticipant", Token, new { chatId = chat, userId = _world.Bob.Id });

        var rest = await bobs.RestAsync(Token);
        turn.Say("between us");
        turn.Finish();
        Assert.DoesNotContain(rest, frame => frame.IsDone || frame.Kind == 'p');
        Assert.Equal((404, "conversation_not_found"), Short(await ResumeRefusalAsync(seen, _world.Bob)));
        Assert.Equal((404, "conversation_not_found"), Short(await _world.GetAsync($"/backend-api/conversation/{chat}", _world.Bob)));
    }

    private static (int, string?) Short(Auth.Answer answer) => SseWorld.RefusalOf(answer) is var (status, code, _) ? (status, code) : default;

    private Task<Auth.Answer> ResumeRefusalAsync(List<SseFrame> frames, TestUser user) => _world.PostAsync(
        SseWorld.ResumePath, SseWorld.ResumeBody(SseWorld.ConversationOf(frames), frames.Count), user, ("X-Conduit-Token", SseWorld.TokenOf(frames)));

    private static async Task<List<SseFrame>> ReadAsync(SseStream stream)
    {
        await using (stream)
        {
            return await stream.RestAsync(Token);
        }
    }

    /// <summary>A client that asks for a turn from its first frame, takes a few bytes, and then nothing for as long as it likes.</summary>
    private async Task<Socket> StoppedReaderAsync(List<SseFrame> begun)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4_096 };
        await socket.ConnectAsync(_world.App.Address.Host, _world.App.Address.Port, Token);
        var text = SseWorld.ResumeBody(SseWorld.ConversationOf(begun), 0).ToJsonString();
        await socket.SendAsync(
            Encoding.ASCII.GetBytes(
                $"POST {SseWorld.ResumePath} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {_world.Ada.Token}\r\nX-Conduit-Token: {SseWorld.TokenOf(begun)}\r\n"
                + $"Content-Type: application/json\r\nContent-Length: {text.Length}\r\nConnection: close\r\n\r\n{text}"),
            Token);
        await socket.ReceiveAsync(new byte[16], Token);
        return socket;
    }

    private static async Task<string> ReadToEndAsync(Socket socket)
    {
        await using var stream = new NetworkStream(socket, ownsSocket: false);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return await reader.ReadToEndAsync(Token);
    }

    /// <summary>A server that shows quickly that it lives, joins no pieces, and keeps little.</summary>
    private sealed class ShortWorld() : SseWorld(new Dictionary<string, string>
    {
        ["Sse:Heartbeat"] = "00:00:00.100",
        ["Generation:DeltaWindow"] = "00:00:00",
        ["Generation:MaxOutputLength"] = "10000000",
        ["Realtime:MaxDeltaLogs"] = "1",
    });
}
