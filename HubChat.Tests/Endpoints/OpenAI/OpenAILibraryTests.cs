using System.ClientModel;
using System.ClientModel.Primitives;
using HubChat.Server.Models;
using HubChat.Tests.App;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Models;
using Xunit;
using ChatFinishReason = OpenAI.Chat.ChatFinishReason;

namespace HubChat.Tests.Endpoints.OpenAI;

/// <summary>The .NET library of OpenAI as it is.</summary>
public sealed class OpenAILibraryTests(OpenAIWorld world) : IClassFixture<OpenAIWorld>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whole_answer_arrives()
    {
        world.App.Model.Hold = false;
        ChatCompletion answer = await Client().CompleteChatAsync([new UserChatMessage("Grüße 🙂")], cancellationToken: Token);

        Assert.Equal("You said: Grüße 🙂 ", answer.Content[0].Text);
        Assert.Equal((ChatFinishReason.Stop, "scripted"), (answer.FinishReason, answer.Model));
    }

    [Fact]
    public async Task Answer_arrives_piece_by_piece_with_usage()
    {
        world.App.Model.Hold = true;
        var reading = ReadAsync(Client());
        var turn = await world.App.Model.NextTurnAsync(Token);
        turn.Say("Hel");
        turn.Say("lo");
        turn.Send(new ChatResponseUpdate { Contents = [new UsageContent(new UsageDetails { InputTokenCount = 7, OutputTokenCount = 2 })] });
        turn.Finish();
        var updates = await reading;

        Assert.Equal(["Hel", "lo"], updates.SelectMany(update => update.ContentUpdate).Select(part => part.Text).Where(text => text.Length > 0));
        Assert.Equal(ChatFinishReason.Stop, updates.Single(update => update.FinishReason is not null).FinishReason);
        Assert.Equal(9, updates[^1].Usage.TotalTokenCount);
    }

    [Fact]
    public async Task Function_is_called_and_answered()
    {
        world.App.Model.Hold = true;
        var options = new ChatCompletionOptions { Tools = { ChatTool.CreateFunctionTool("weather", "Tells it.") } };
        var messages = new List<global::OpenAI.Chat.ChatMessage> { new UserChatMessage("Weather?") };
        var asking = Client().CompleteChatAsync(messages, options, Token);
        var turn = await world.App.Model.NextTurnAsync(Token);
        turn.Send(new ChatResponseUpdate(
            ChatRole.Assistant, [new FunctionCallContent("call_1", "weather", new Dictionary<string, object?> { ["city"] = "Rome" })]));
        turn.Finish();
        ChatCompletion wanted = await asking;

        Assert.Equal(ChatFinishReason.ToolCalls, wanted.FinishReason);
        var call = Assert.Single(wanted.ToolCalls);
        Assert.Equal(("call_1", "weather"), (call.Id, call.FunctionName));
        messages.Add(new AssistantChatMessage(wanted));
        messages.Add(new ToolChatMessage(call.Id, "Sunny."));
        var answering = Client().CompleteChatAsync(messages, options, Token);
        var second = await world.App.Model.NextTurnAsync(Token);
        second.Say("It is sunny.");
        second.Finish();

        Assert.Equal("It is sunny.", (await answering).Value.Content[0].Text);
        Assert.Equal("Rome", Assert.IsType<FunctionCallContent>(second.Prompt[1].Contents[^1]).Arguments!["city"]!.ToString());
        Assert.Equal("Sunny.", Assert.IsType<FunctionResultContent>(second.Prompt[2].Contents[0]).Result);
    }

    [Fact]
    public async Task Function_call_arrives_in_a_stream()
    {
        world.App.Model.Hold = true;
        var reading = ReadAsync(Client());
        var turn = await world.App.Model.NextTurnAsync(Token);
        turn.Send(new ChatResponseUpdate(ChatRole.Assistant, [new FunctionCallContent("call_1", "weather")]));
        turn.Finish();

        var call = Assert.Single((await reading).SelectMany(update => update.ToolCallUpdates));
        Assert.Equal(("call_1", "weather", "{}"), (call.ToolCallId, call.FunctionName, call.FunctionArgumentsUpdate.ToString()));
    }

    [Fact]
    public async Task Wrong_key_and_unknown_model_are_told()
    {
        var wrongKey = await Assert.ThrowsAsync<ClientResultException>(
            () => Client(key: "hc_wrong").CompleteChatAsync([new UserChatMessage("Hello")], cancellationToken: Token));
        var wrongModel = await Assert.ThrowsAsync<ClientResultException>(
            () => Client(model: "nothing").CompleteChatAsync([new UserChatMessage("Hello")], cancellationToken: Token));

        Assert.Equal((401, 404), (wrongKey.Status, wrongModel.Status));
        Assert.Contains("invalid_api_key", wrongKey.Message, StringComparison.Ordinal);
        Assert.Contains("model_not_found", wrongModel.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Failure_in_the_middle_is_no_end()
    {
        world.App.Model.Hold = true;
        var reading = ReadAsync(Client());
        var turn = await world.App.Model.NextTurnAsync(Token);
        turn.Say("Hel");
        turn.Fail(new ModelException(ModelException.Failed, "secret"));

        await Assert.ThrowsAnyAsync<IOException>(() => reading);
    }

    [Fact]
    public async Task Models_are_listed()
    {
        var models = new OpenAIModelClient(new ApiKeyCredential(world.ModelsKey), Options());

        Assert.Contains((await models.GetModelsAsync(Token)).Value, model => model.Id == OpenAIWorld.OddName);
        Assert.Equal(OpenAIWorld.OddName, (await models.GetModelAsync(OpenAIWorld.OddName, Token)).Value.Id);
    }

    private static async Task<List<StreamingChatCompletionUpdate>> ReadAsync(ChatClient client)
    {
        var updates = new List<StreamingChatCompletionUpdate>();
        await foreach (var update in client.CompleteChatStreamingAsync([new UserChatMessage("Hello")], cancellationToken: Token))
        {
            updates.Add(update);
        }

        return updates;
    }

    private ChatClient Client(string model = HubChatApp.ModelName, string? key = null) =>
        new(model, new ApiKeyCredential(key ?? world.ModelsKey), Options());

    private OpenAIClientOptions Options() => new()
    {
        Endpoint = new Uri(world.App.Address, "/v1"),
        RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
    };
}
