using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using HubChat.Server.Models;
using HubChat.Tests.App;
using Microsoft.Extensions.AI;
using Xunit;

namespace HubChat.Tests.Endpoints.OpenAI;

public sealed partial class StreamTests(OpenAIWorld world) : IClassFixture<OpenAIWorld>, IDisposable
{
    private readonly HttpClient _http = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task Frames_are_as_written_down()
    {
        world.App.Model.Hold = true;
        var opening = world.OpenAsync(_http, Bodies.With("\"stream\":true"));
        var turn = await world.App.Model.NextTurnAsync(Token);
        turn.Say("Hel");
        turn.Say("lo");
        turn.Finish();

        using var response = await opening;
        var text = await response.Content.ReadAsStringAsync(Token);

        var (id, created) = IdAndTime(text);
        Assert.Equal(
            $$"""
            data: {"id":"{{id}}","created":{{created}},"model":"scripted","choices":[{"delta":{"role":"assistant","content":""},"finish_reason":null,"index":0,"logprobs":null}],"object":"chat.completion.chunk"}

            data: {"id":"{{id}}","created":{{created}},"model":"scripted","choices":[{"delta":{"content":"Hel"},"finish_reason":null,"index":0,"logprobs":null}],"object":"chat.completion.chunk"}

            data: {"id":"{{id}}","created":{{created}},"model":"scripted","choices":[{"delta":{"content":"lo"},"finish_reason":null,"index":0,"logprobs":null}],"object":"chat.completion.chunk"}

            data: {"id":"{{id}}","created":{{created}},"model":"scripted","choices":[{"delta":{},"finish_reason":"stop","index":0,"logprobs":null}],"object":"chat.completion.chunk"}

            data: [DONE]


            """.ReplaceLineEndings("\n"),
            text);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/event-stream; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.Equal("no-cache", response.Headers.CacheControl!.ToString());
        Assert.Equal("no", Assert.Single(response.Headers.GetValues("X-Accel-Buffering")));
        Assert.NotEmpty(Assert.Single(response.Headers.GetValues("x-request-id")));
        Assert.InRange(long.Parse(created, null), DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 60, DateTimeOffset.UtcNow.ToUnixTimeSeconds());
    }

    [Fact]
    public async Task Usage_comes_when_asked_for_and_every_other_chunk_says_that_it_has_none()
    {
        var text = await PlayAsync(
            "\"stream\":true,\"stream_options\":{\"include_usage\":true}",
            turn =>
            {
                turn.Say("Hello");
                turn.Send(new ChatResponseUpdate
                {
                    Contents = [new UsageContent(new UsageDetails { InputTokenCount = 7, OutputTokenCount = 2 })],
                });
                turn.Finish(ChatFinishReason.Length);
            });

        var chunks = Chunks(text);
        Assert.Equal(4, chunks.Count);
        Assert.All(chunks[..^1], chunk => Assert.Equal(JsonValueKind.Null, chunk.GetProperty("usage").ValueKind));
        Assert.Equal("length", chunks[^2].GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Equal("[]", chunks[^1].GetProperty("choices").GetRawText());
        Assert.Equal("""{"prompt_tokens":7,"completion_tokens":2,"total_tokens":9}""", chunks[^1].GetProperty("usage").GetRawText());
        Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
        Assert.Single(chunks.Select(chunk => (chunk.GetProperty("id").GetString(), chunk.GetProperty("created").GetInt64())).Distinct());
    }

    [Fact]
    public async Task Thinking_and_calls_have_their_own_members()
    {
        var text = await PlayAsync("\"stream\":true", turn =>
        {
            turn.Send(new ChatResponseUpdate(ChatRole.Assistant, [new TextReasoningContent("Hm.")]));
            turn.Send(new ChatResponseUpdate(
                ChatRole.Assistant,
                [
                    new FunctionCallContent("call_1", "weather", new Dictionary<string, object?> { ["city"] = "Zürich\n" }),
                    new FunctionCallContent("call_2", "time"),
                ]));
            turn.Finish();
        });

        var deltas = Chunks(text).ConvertAll(chunk => chunk.GetProperty("choices")[0]);
        Assert.Equal("""{"reasoning_content":"Hm."}""", deltas[1].GetProperty("delta").GetRawText());
        var first = deltas[2].GetProperty("delta").GetProperty("tool_calls")[0];
        Assert.Equal((0, "call_1", "function"), (first.GetProperty("index").GetInt32(), first.GetProperty("id").GetString(), first.GetProperty("type").GetString()));
        Assert.Equal("weather", first.GetProperty("function").GetProperty("name").GetString());
        Assert.Equal("Zürich\n", JsonElement.Parse(first.GetProperty("function").GetProperty("arguments").GetString()!).GetProperty("city").GetString());
        var second = deltas[3].GetProperty("delta").GetProperty("tool_calls")[0];
        Assert.Equal((1, "{}"), (second.GetProperty("index").GetInt32(), second.GetProperty("function").GetProperty("arguments").GetString()));
        Assert.Equal("tool_calls", deltas[^1].GetProperty("finish_reason").GetString());
    }

    [Fact]
    public async Task No_text_breaks_a_frame_and_no_character_is_halved()
    {
        const string Evil = "a\r\n\r\ndata: [DONE]\n\nb\u2028c\u2029d\u0085e\rf🙂ß\"\\";
        var half = Evil.IndexOf("🙂", StringComparison.Ordinal) + 1;
        var text = await PlayAsync("\"stream\":true", turn =>
        {
            turn.Say(Evil[..half]);
            turn.Say(Evil[half..]);
            turn.Finish();
        });

        Assert.Equal(Evil, string.Concat(Chunks(text).Select(ContentOf)));
        Assert.Equal(1, text.Split("data: [DONE]\n\n").Length - 1);
        Assert.DoesNotContain('\r', text);
        Assert.DoesNotContain('\u2028', text);
        Assert.DoesNotContain('\u0085', text);
        Assert.Contains('ß', text);
    }

    [Theory]
    [InlineData("model_busy", 503)]
    [InlineData("model_unavailable", 503)]
    [InlineData("first_token_timeout", 504)]
    [InlineData("stalled", 504)]
    [InlineData("time_limit", 504)]
    [InlineData("model_error", 502)]
    [InlineData("empty_reply", 502)]
    public async Task Failure_before_the_first_piece_has_a_status(string code, int status)
    {
        foreach (var stream in new[] { "true", "false" })
        {
            world.App.Model.Hold = true;
            var asking = world.AskAsync(Bodies.With($"\"stream\":{stream}"));
            (await world.App.Model.NextTurnAsync(Token)).Fail(new ModelException(code, "secret of the upstream"));
            var answer = await asking;

            Assert.Equal(status, (int)answer.Status);
            var error = answer.Body.GetProperty("error");
            Assert.Equal((code, "server_error"), (error.GetProperty("code").GetString(), error.GetProperty("type").GetString()));
            Assert.DoesNotContain("secret", answer.Body.GetRawText(), StringComparison.Ordinal);
            Assert.Equal(code == "model_busy" ? "1" : null, answer.Header("Retry-After"));
        }
    }

    [Fact]
    public async Task Unforeseen_failure_is_said_without_its_text_and_logged()
    {
        world.App.Model.Hold = true;
        var asking = world.AskAsync(Bodies.With("\"stream\":true"));
        (await world.App.Model.NextTurnAsync(Token)).Fail(new InvalidOperationException("unforeseen-secret"));
        var answer = await asking;

        Assert.Equal((HttpStatusCode.BadGateway, "model_error"), (answer.Status, answer.Body.GetProperty("error").GetProperty("code").GetString()));
        Assert.DoesNotContain("unforeseen", answer.Body.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain(world.App.Log.All, line => line.Contains("unforeseen-secret", StringComparison.Ordinal));
        Assert.Contains(world.App.Log.All, line => line.Contains("The model's client threw InvalidOperationException", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("model")]
    [InlineData("fault")]
    public async Task Failure_in_the_middle_is_an_error_and_a_broken_connection(string kind)
    {
        world.App.Model.Hold = true;
        var opening = world.OpenAsync(_http, Bodies.With("\"stream\":true"));
        var turn = await world.App.Model.NextTurnAsync(Token);
        turn.Say("Hello");
        using var response = await opening;
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(Token));
        while (await lines.ReadLineAsync(Token) is { } line && !line.Contains("Hello", StringComparison.Ordinal))
        {
        }

        turn.Fail(kind == "model" ? new ModelException("stalled", "secret") : new InvalidOperationException("secret"));
        var rest = new List<string>();
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            while (await lines.ReadLineAsync(Token) is { } line)
            {
                rest.Add(line);
            }
        });

        var error = kind == "model"
            ? """{"error":{"message":"The model fell silent.","type":"server_error","param":null,"code":"stalled"}}"""
            : """{"error":{"message":"The model failed.","type":"server_error","param":null,"code":"model_error"}}""";
        Assert.Equal(["", $"data: {error}", ""], rest);
    }

    [Fact]
    public async Task Content_filter_is_a_reason_to_finish()
    {
        var said = await PlayAsync("\"stream\":true", turn =>
        {
            turn.Say("Well");
            turn.Fail(new ModelException("content_filter", "filtered"));
        });
        var silent = await PlayAsync("\"stream\":true", turn => turn.Finish(ChatFinishReason.ContentFilter));

        foreach (var text in new[] { said, silent })
        {
            Assert.Equal("content_filter", Chunks(text)[^1].GetProperty("choices")[0].GetProperty("finish_reason").GetString());
            Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Silence_is_filled_with_comments_before_and_between_the_pieces()
    {
        world.App.Model.Hold = true;
        var opening = world.OpenAsync(_http, Bodies.With("\"stream\":true"));
        var turn = await world.App.Model.NextTurnAsync(Token);

        // The headers come by themselves, long before the model says anything.
        using var response = await opening;
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(Token));
        Assert.Equal([": ping", "", ": ping", ""], await ReadAsync(lines, 4));
        turn.Say("Hello");
        while (await lines.ReadLineAsync(Token) is { } line && !line.Contains("Hello", StringComparison.Ordinal))
        {
        }

        Assert.Equal(["", ": ping", ""], await ReadAsync(lines, 3));
        turn.Finish();
        Assert.EndsWith("data: [DONE]\n\n", await lines.ReadToEndAsync(Token), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("true", false)]
    [InlineData("false", false)]
    public async Task Client_that_leaves_ends_the_call(string stream, bool afterFirstPiece)
    {
        world.App.Model.Hold = true;
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var opening = world.OpenAsync(_http, Bodies.With($"\"stream\":{stream}"), cancellationToken: leaving.Token);
        var turn = await world.App.Model.NextTurnAsync(Token);
        if (afterFirstPiece)
        {
            turn.Say("Hello");
            (await opening).Dispose();
        }

        await leaving.CancelAsync();

        await turn.Cancelled.WaitAsync(TimeSpan.FromSeconds(10), Token);
        await ((Task)opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    [Fact]
    public async Task Client_that_reads_nothing_holds_the_model_back()
    {
        using (await world.OpenAsync(_http, Bodies.Of(OpenAIWorld.EndlessName, $"[{Bodies.Hello}]", "\"stream\":true")))
        {
            var before = -1;
            await Eventually.HoldsAsync(
                async () =>
                {
                    (var last, before) = (before, world.Endless.Pieces);
                    await Task.Delay(TimeSpan.FromMilliseconds(400), Token);
                    return last == before;
                },
                Token);

            // What the sockets hold is not ours to bound; they hold a few megabytes.
            Assert.InRange((long)before * EndlessModel.PieceLength, 1, 64 * 1_024 * 1_024);
        }

        await world.Endless.Cancelled.WaitAsync(TimeSpan.FromSeconds(10), Token);
    }

    private static string? ContentOf(JsonElement chunk) =>
        chunk.GetProperty("choices")[0].GetProperty("delta").TryGetProperty("content", out var content) ? content.GetString() : null;

    private static async Task<string[]> ReadAsync(StreamReader lines, int count)
    {
        var read = new string[count];
        for (var i = 0; i < count; i++)
        {
            read[i] = await lines.ReadLineAsync(Token) ?? "(the end)";
        }

        return read;
    }

    private static List<JsonElement> Chunks(string text) =>
        [.. text.Split("\n\n").Where(frame => frame.StartsWith("data: {", StringComparison.Ordinal)).Select(frame => JsonElement.Parse(frame["data: ".Length..]))];

    private static (string Id, string Created) IdAndTime(string text)
    {
        var match = Identity().Match(text);
        return (match.Groups[1].Value, match.Groups[2].Value);
    }

    private async Task<string> PlayAsync(string members, Action<ScriptedTurn> play)
    {
        world.App.Model.Hold = true;
        var opening = world.OpenAsync(_http, Bodies.With(members));
        play(await world.App.Model.NextTurnAsync(Token));
        using var response = await opening;
        return await response.Content.ReadAsStringAsync(Token);
    }

    [GeneratedRegex("\"id\":\"(chatcmpl-[0-9a-f]{32})\",\"created\":([0-9]+),")]
    private static partial Regex Identity();
}
