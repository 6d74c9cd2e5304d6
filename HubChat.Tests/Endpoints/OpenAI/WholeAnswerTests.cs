using System.Text.Json;
using HubChat.Tests.App;
using Microsoft.Extensions.AI;
using Xunit;

namespace HubChat.Tests.Endpoints.OpenAI;

public sealed class WholeAnswerTests(OpenAIWorld world) : IClassFixture<OpenAIWorld>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Answer_is_one_object()
    {
        var body = await PlayAsync(turn =>
        {
            turn.Send(new ChatResponseUpdate(ChatRole.Assistant, [new TextReasoningContent("Hm.")]));
            turn.Say("Hel");
            turn.Say("lo 🙂");
            turn.Send(new ChatResponseUpdate { Contents = [new UsageContent(new UsageDetails { InputTokenCount = 7, OutputTokenCount = 2 })] });
            turn.Finish();
        });

        Assert.StartsWith("chatcmpl-", body.GetProperty("id").GetString(), StringComparison.Ordinal);
        Assert.Equal(("chat.completion", "scripted"), (body.GetProperty("object").GetString(), body.GetProperty("model").GetString()));
        Assert.InRange(body.GetProperty("created").GetInt64(), DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 60, DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        var choice = Assert.Single(body.GetProperty("choices").EnumerateArray());
        Assert.Equal(("stop", 0), (choice.GetProperty("finish_reason").GetString(), choice.GetProperty("index").GetInt32()));
        Assert.Equal(JsonValueKind.Null, choice.GetProperty("logprobs").ValueKind);
        var message = choice.GetProperty("message");
        Assert.Equal(("assistant", "Hello 🙂", "Hm."), (
            message.GetProperty("role").GetString(), message.GetProperty("content").GetString(), message.GetProperty("reasoning_content").GetString()));
        Assert.False(message.TryGetProperty("tool_calls", out _));
        Assert.Equal("""{"prompt_tokens":7,"completion_tokens":2,"total_tokens":9}""", body.GetProperty("usage").GetRawText());
    }

    [Fact]
    public async Task Calls_stand_in_the_message_and_content_is_null()
    {
        var body = await PlayAsync(turn =>
        {
            turn.Send(new ChatResponseUpdate(
                ChatRole.Assistant, [new FunctionCallContent("call_1", "weather", new Dictionary<string, object?> { ["city"] = "Rome" })]));
            turn.Finish(ChatFinishReason.ToolCalls);
        });

        var choice = body.GetProperty("choices")[0];
        Assert.Equal("tool_calls", choice.GetProperty("finish_reason").GetString());
        Assert.Equal(JsonValueKind.Null, choice.GetProperty("message").GetProperty("content").ValueKind);
        Assert.Equal(
            """[{"id":"call_1","function":{"name":"weather","arguments":"{\u0022city\u0022:\u0022Rome\u0022}"},"type":"function"}]""",
            choice.GetProperty("message").GetProperty("tool_calls").GetRawText());
    }

    private async Task<JsonElement> PlayAsync(Action<ScriptedTurn> play)
    {
        world.App.Model.Hold = true;
        var asking = world.AskAsync(Bodies.With("\"stream\":false"));
        play(await world.App.Model.NextTurnAsync(Token));
        return (await asking).Body;
    }
}
