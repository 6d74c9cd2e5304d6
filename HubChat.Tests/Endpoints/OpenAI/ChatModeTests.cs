using System.Net;
using System.Text.Json;
using HubChat.Tests.App;
using HubChat.Tests.Endpoints.Auth;
using Xunit;

namespace HubChat.Tests.Endpoints.OpenAI;

public sealed class ChatModeTests(OpenAIWorld world) : IClassFixture<OpenAIWorld>, IDisposable
{
    private const string Header = "X-HubChat-Chat";
    private readonly HttpClient _http = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _http.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Others_in_the_chat_see_question_and_answer_live(bool byHeader)
    {
        world.App.Model.Hold = true;
        var bob = await world.App.SignUpAsync($"bob-{byHeader}", Token);
        await using var ada = await world.Ada.ConnectAsync(Token);
        await using var bobs = await bob.ConnectAsync(Token);
        var chatId = await ada.CreateChatAsync(Token, bob);
        await bobs.WatchAsync(chatId, Token);

        const string Messages = """[{"role":"system","content":"Ignored."},{"role":"user","content":"Also ignored."},{"role":"assistant","content":"Oh."},{"role":"user","content":[{"type":"text","text":"What is"},{"type":"text","text":"new?"}]}]""";
        var body = Bodies.Of(byHeader ? HubChatApp.ModelName : $"chat:{chatId}", Messages, "\"stream\":true,\"temperature\":1.5,\"stream_options\":{\"include_usage\":true}");
        var opening = world.OpenAsync(_http, body, world.BothKey, headers: byHeader ? [(Header, chatId)] : []);
        var turn = await world.App.Model.NextTurnAsync(Token);
        Assert.Equal("What is\nnew?", (await bobs.NextEventAsync("message.posted", Token)).GetProperty("message").GetProperty("text").GetString());
        Assert.DoesNotContain(turn.Prompt, message => message.Text.Contains("gnored", StringComparison.Ordinal));
        Assert.Null(turn.Options!.Temperature);
        turn.Say("Nothing");
        using var response = await opening;
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(Token));
        while (await lines.ReadLineAsync(Token) is { } line && !line.Contains("Nothing", StringComparison.Ordinal))
        {
        }

        Assert.Equal("Nothing", (await bobs.NextAsync(Token, "delta")).GetProperty("text").GetString());
        turn.Say(" at all.");
        turn.Send(new Microsoft.Extensions.AI.ChatResponseUpdate
        {
            Contents = [new Microsoft.Extensions.AI.UsageContent(new() { InputTokenCount = 5, OutputTokenCount = 3 })],
        });
        turn.Finish();
        var rest = await lines.ReadToEndAsync(Token);

        Assert.Contains("\"content\":\" at all.\"", rest, StringComparison.Ordinal);
        Assert.Contains($"\"model\":\"chat:{chatId}\"", rest, StringComparison.Ordinal);
        Assert.Contains("\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":3,\"total_tokens\":8}", rest, StringComparison.Ordinal);
        Assert.EndsWith("data: [DONE]\n\n", rest, StringComparison.Ordinal);
        Assert.Equal(["What is\nnew?", "Nothing at all."], (await bobs.MessagesAsync(chatId, Token)).Select(TextOf));
    }

    [Fact]
    public async Task Repeating_a_request_repeats_the_answer_and_nothing_else()
    {
        world.App.Model.Hold = false;
        await using var ada = await world.Ada.ConnectAsync(Token);
        var chatId = await ada.CreateChatAsync(Token);

        var first = await AskAsync(chatId, "Hello", "key-1");
        var again = await AskAsync(chatId, "Hello", "key-1");
        var other = await AskAsync(chatId, "Something else", "key-1");

        Assert.Equal(HttpStatusCode.OK, first.Status);
        Assert.Equal(first.Body.GetRawText(), again.Body.GetRawText());
        Assert.Equal("You said: Hello ", ContentOf(first));
        Assert.Equal((HttpStatusCode.Conflict, "client_message_id_conflict"), (other.Status, other.Body.GetProperty("error").GetProperty("code").GetString()));
        Assert.Equal(2, (await ada.MessagesAsync(chatId, Token)).Count);

        Assert.Equal(HttpStatusCode.OK, (await AskAsync(chatId, "Hello", "key-2")).Status);
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(chatId, "Hello", null)).Status);
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(chatId, "Hello", null)).Status);
        Assert.Equal(8, (await ada.MessagesAsync(chatId, Token)).Count);
    }

    [Fact]
    public async Task Client_that_leaves_does_not_stop_the_reply()
    {
        world.App.Model.Hold = true;
        await using var ada = await world.Ada.ConnectAsync(Token);
        var chatId = await ada.CreateChatAsync(Token);
        await ada.WatchAsync(chatId, Token);
        var ended = world.EndedRequests;
        using (var leaving = CancellationTokenSource.CreateLinkedTokenSource(Token))
        {
            var opening = world.OpenAsync(_http, Bodies.Of($"chat:{chatId}", $"[{Bodies.Hello}]", "\"stream\":true"), world.BothKey, leaving.Token);
            var turn = await world.App.Model.NextTurnAsync(Token);
            turn.Say("Half");
            (await opening).Dispose();
            await leaving.CancelAsync();
            await Eventually.HoldsAsync(() => world.EndedRequests > ended, Token);
            turn.Say(" and half");
            turn.Finish();
            Assert.False(turn.Cancelled.IsCompleted);
        }

        var completed = await ada.NextEventAsync("generation.completed", Token);
        Assert.Equal("Half and half", TextOf(completed.GetProperty("message")));
    }

    [Fact]
    public async Task Stopped_reply_ends_well_and_a_broken_one_does_not()
    {
        world.App.Model.Hold = true;
        await using var ada = await world.Ada.ConnectAsync(Token);
        var chatId = await ada.CreateChatAsync(Token);
        var asking = AskAsync(chatId, "Hello", "stopped");
        var turn = await world.App.Model.NextTurnAsync(Token);
        turn.Say("Half");
        var id = await RunningAsync(ada, chatId);
        await ada.CallAsync("StopGeneration", Token, id);
        var stopped = await asking;
        Assert.Equal((HttpStatusCode.OK, "Half"), (stopped.Status, ContentOf(stopped)));

        var broken = AskAsync(chatId, "Hello", "broken");
        (await world.App.Model.NextTurnAsync(Token)).Fail(new InvalidOperationException("secret"));
        Assert.Equal((HttpStatusCode.BadGateway, "model_error"), ((await broken).Status, (await broken).Body.GetProperty("error").GetProperty("code").GetString()));
    }

    [Fact]
    public async Task Text_that_is_taken_back_cannot_be_unsaid()
    {
        world.App.Model.Hold = true;
        await using var ada = await world.Ada.ConnectAsync(Token);
        var chatId = await ada.CreateChatAsync(Token);
        var opening = world.OpenAsync(_http, Bodies.Of($"chat:{chatId}", $"[{Bodies.Hello}]", "\"stream\":true"), world.BothKey);
        var turn = await world.App.Model.NextTurnAsync(Token);
        turn.Say("Half");
        using var response = await opening;
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(Token));
        while (await lines.ReadLineAsync(Token) is { } line && !line.Contains("Half", StringComparison.Ordinal))
        {
        }

        var reply = (await ada.MessagesAsync(chatId, Token))[^1].GetProperty("id").GetString();
        await ada.CallAsync("DeleteMessage", Token, new { chatId, messageId = reply });

        var rest = new List<string>();
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            while (await lines.ReadLineAsync(Token) is { } line)
            {
                rest.Add(line);
            }
        });
        Assert.Contains(rest, line => line.Contains("reply_restarted", StringComparison.Ordinal));
        Assert.DoesNotContain("data: [DONE]", rest);
    }

    [Fact]
    public async Task Model_that_is_called_like_a_chat_is_a_model()
    {
        world.App.Model.Hold = false;

        var answer = await world.AskAsync(Bodies.Of(OpenAIWorld.ChatLikeName, $"[{Bodies.Hello}]"), world.ModelsKey);

        Assert.Equal((HttpStatusCode.OK, OpenAIWorld.ChatLikeName), (answer.Status, answer.Body.GetProperty("model").GetString()));
    }

    [Fact]
    public async Task Only_who_is_in_the_chat_may_ask_there()
    {
        var bob = await world.App.SignUpAsync("bob-outside", Token);
        await using var ada = await world.Ada.ConnectAsync(Token);
        var chatId = await ada.CreateChatAsync(Token);
        var body = Bodies.Of($"chat:{chatId}", $"[{Bodies.Hello}]");

        foreach (var (key, target, status, code) in new[]
        {
            (await world.NewKeyAsync(bob, "models", "chat"), body, HttpStatusCode.NotFound, "not_found"),
            (world.ModelsKey, body, HttpStatusCode.Forbidden, "missing_scope"),
            (world.BothKey, Bodies.Of($"chat:{Guid.CreateVersion7()}", $"[{Bodies.Hello}]"), HttpStatusCode.NotFound, "not_found"),
        })
        {
            var answer = await world.AskAsync(target, key);

            Assert.Equal((status, code), (answer.Status, answer.Body.GetProperty("error").GetProperty("code").GetString()));
        }

        Assert.Empty(await ada.MessagesAsync(chatId, Token));
    }

    [Fact]
    public async Task Reader_of_the_chat_may_not_ask()
    {
        var bob = await world.App.SignUpAsync("bob-reader", Token);
        await using var ada = await world.Ada.ConnectAsync(Token);
        var chatId = await ada.CreateChatAsync(Token);
        await ada.CallAsync("AddParticipant", Token, new { chatId, username = bob.UserName, role = "reader" });

        var answer = await world.AskAsync(Bodies.Of($"chat:{chatId}", $"[{Bodies.Hello}]"), await world.NewKeyAsync(bob, "models", "chat"));

        Assert.Equal((HttpStatusCode.Forbidden, "forbidden"), (answer.Status, answer.Body.GetProperty("error").GetProperty("code").GetString()));
    }

    [Fact]
    public async Task What_a_chat_cannot_take_is_refused()
    {
        await using var ada = await world.Ada.ConnectAsync(Token);
        var chatId = await ada.CreateChatAsync(Token);
        var other = Guid.CreateVersion7().ToString();
        var model = $"chat:{chatId}";

        await AssertRefusedAsync(Bodies.Of(model, $"[{Bodies.Hello}]"), Header, (Header, other));
        await AssertRefusedAsync(Bodies.With("\"n\":1"), Header, (Header, "nonsense"));
        await AssertRefusedAsync(Bodies.With("\"n\":1"), Header, (Header, ""));
        await AssertRefusedAsync(Bodies.Of("chat:nonsense", $"[{Bodies.Hello}]"), "model");
        await AssertRefusedAsync(Bodies.Of(model, """[{"role":"system","content":"a"}]"""), "messages");
        await AssertRefusedAsync(Bodies.Of(model, """[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}]"""), "messages");
        await AssertRefusedAsync(Bodies.Of(model, $"[{Bodies.Hello}]", """ "tools":[{"type":"function","function":{"name":"f"}}] """), "tools");
        await AssertRefusedAsync(Bodies.Of(model, """[{"role":"user","content":"   "}]"""), null);
        await AssertRefusedAsync(Bodies.Of(model, $"[{Bodies.Hello}]"), null, ("Idempotency-Key", "with a space"));
        await AssertRefusedAsync(Bodies.Of(model, $"[{Bodies.Hello}]"), null, ("Idempotency-Key", new string('k', 65)));

        Assert.Empty(await ada.MessagesAsync(chatId, Token));
    }

    private static string? TextOf(JsonElement message) => message.GetProperty("text").GetString();

    private static string? ContentOf(Answer answer) =>
        answer.Body.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString();

    private static async Task<string> RunningAsync(TestConnection connection, string chatId)
    {
        JsonElement reply = default;
        await Eventually.HoldsAsync(
            async () => (reply = (await connection.MessagesAsync(chatId, Token))[^1]).GetProperty("state").GetString() == "running", Token);
        return reply.GetProperty("generationId").GetString()!;
    }

    private Task<Answer> AskAsync(string chatId, string text, string? key) => world.AskAsync(
        Bodies.Of($"chat:{chatId}", $$"""[{"role":"user","content":"{{text}}"}]"""), world.BothKey, key is null ? [] : [("Idempotency-Key", key)]);

    private async Task AssertRefusedAsync(string body, string? param, params (string, string)[] headers)
    {
        var answer = await world.AskAsync(body, world.BothKey, headers);

        Assert.True(answer.Status is HttpStatusCode.BadRequest, $"{answer.Status} {answer.Body}");
        Assert.Equal(param, answer.Body.GetProperty("error").GetProperty("param").GetString());
    }
}
