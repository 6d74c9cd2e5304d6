using System.Net;
using HubChat.Tests.App;
using Microsoft.Extensions.AI;
using Xunit;

namespace HubChat.Tests.Endpoints.OpenAI;

public sealed class RequestTests(OpenAIWorld world) : IClassFixture<OpenAIWorld>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Parameters_reach_the_model()
    {
        var (_, options) = await AskedAsync(Bodies.With(
            """
            "temperature":0.5,"top_p":0.25,"n":1,"max_tokens":9,"max_completion_tokens":11,"stop":["a","b"],"seed":9007199254740993,
            "presence_penalty":-2,"frequency_penalty":2,"reasoning_effort":"high","parallel_tool_calls":false,"logprobs":false,
            "tools":[{"type":"function","function":{"name":"weather","description":"Tells it.","parameters":{"type":"object","properties":{"city":{"type":"string"}}},"strict":true}}],
            "tool_choice":{"type":"function","function":{"name":"weather"}},
            "response_format":{"type":"json_schema","json_schema":{"name":"answer","schema":{"type":"object"},"strict":true}},
            "user":"somebody","metadata":{"any":["thing"]},"unknown":{"deeply":{"nested":null}}
            """));

        Assert.Equal(HubChatApp.ModelName, options.ModelId);
        Assert.Equal((0.5f, 0.25f, 11), (options.Temperature, options.TopP, options.MaxOutputTokens));
        Assert.Equal(["a", "b"], options.StopSequences);
        Assert.Equal((9007199254740993, -2f, 2f), (options.Seed, options.PresencePenalty, options.FrequencyPenalty));
        Assert.Equal((ReasoningEffort.High, false), (options.Reasoning?.Effort, options.AllowMultipleToolCalls));
        var tool = Assert.IsType<AIFunctionDeclaration>(Assert.Single(options.Tools!), exactMatch: false);
        Assert.Equal(("weather", "Tells it."), (tool.Name, tool.Description));
        Assert.Equal("string", tool.JsonSchema.GetProperty("properties").GetProperty("city").GetProperty("type").GetString());
        Assert.Equal("weather", Assert.IsType<RequiredChatToolMode>(options.ToolMode).RequiredFunctionName);
        Assert.Equal("answer", Assert.IsType<ChatResponseFormatJson>(options.ResponseFormat).SchemaName);
    }

    [Fact]
    public async Task What_is_not_said_is_left_to_the_model()
    {
        var (_, options) = await AskedAsync(Bodies.With("\"temperature\":null,\"stop\":null,\"tools\":null,\"tool_choice\":null,\"stream_options\":null"));

        Assert.Null(options.Temperature);
        Assert.Null(options.TopP);
        Assert.Equal(1_024, options.MaxOutputTokens);
        Assert.Null(options.StopSequences);
        Assert.Null(options.Tools);
        Assert.Null(options.ToolMode);
        Assert.Null(options.ResponseFormat);
        Assert.Null(options.Reasoning);
    }

    [Theory]
    [InlineData("\"none\"", typeof(NoneChatToolMode))]
    [InlineData("\"auto\"", typeof(AutoChatToolMode))]
    [InlineData("\"required\"", typeof(RequiredChatToolMode))]
    public async Task Choice_of_tools_reaches_the_model(string choice, Type mode)
    {
        var (_, options) = await AskedAsync(Bodies.With("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}],\"tool_choice\":" + choice));

        Assert.IsType(mode, options.ToolMode, exactMatch: false);
    }

    [Fact]
    public async Task Messages_reach_the_model_in_their_roles()
    {
        var (prompt, _) = await AskedAsync(Bodies.Of(HubChatApp.ModelName, """
            [
              {"role":"system","content":"Be brief."},
              {"role":"developer","content":[{"type":"text","text":"Be kind."}]},
              {"role":"user","name":"ada","content":[{"type":"text","text":"What is this?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AQID","detail":"low"}}]},
              {"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"look","arguments":"{\"deep\":true}"}}]},
              {"role":"tool","tool_call_id":"call_1","content":"A cat."},
              {"role":"assistant","content":[{"type":"refusal","refusal":"No."}],"refusal":null,"function_call":{"name":"old","arguments":""}},
              {"role":"function","name":"old","content":"Done."}
            ]
            """.ReplaceLineEndings("")));

        Assert.Equal(
            [ChatRole.System, ChatRole.System, ChatRole.User, ChatRole.Assistant, ChatRole.Tool, ChatRole.Assistant, ChatRole.Tool],
            prompt.Select(message => message.Role));
        Assert.Equal(("Be brief.", "Be kind.", "ada"), (prompt[0].Text, prompt[1].Text, prompt[2].AuthorName));
        var image = Assert.IsType<DataContent>(prompt[2].Contents[1]);
        Assert.Equal("image/png", image.MediaType);
        Assert.Equal(new byte[] { 1, 2, 3 }, image.Data.ToArray());
        var call = Assert.IsType<FunctionCallContent>(Assert.Single(prompt[3].Contents));
        Assert.Equal(("call_1", "look", "True"), (call.CallId, call.Name, call.Arguments!["deep"]!.ToString()));
        var result = Assert.IsType<FunctionResultContent>(Assert.Single(prompt[4].Contents));
        Assert.Equal(("call_1", "A cat."), (result.CallId, result.Result));
        Assert.Equal("old", Assert.IsType<FunctionCallContent>(prompt[5].Contents[1]).CallId);
        Assert.Equal("old", Assert.IsType<FunctionResultContent>(prompt[6].Contents[0]).CallId);
    }

    [Fact]
    public async Task Image_of_the_largest_size_is_taken()
    {
        var url = $"data:IMAGE/PNG;base64,{Convert.ToBase64String(new byte[1_000])}";
        var (prompt, _) = await AskedAsync(Bodies.Of(
            HubChatApp.ModelName, $$$"""[{"role":"user","content":[{"type":"image_url","image_url":{"url":"{{{url}}}"}}]}]"""));

        Assert.Equal(1_000, Assert.IsType<DataContent>(prompt[0].Contents[0]).Data.Length);
    }

    [Fact]
    public async Task Nothing_of_the_caller_but_the_request_reaches_the_model()
    {
        var (prompt, options) = await AskedAsync(
            Bodies.With("\"user\":\"u\""), ("Cookie", "hubchat=a-cookie"), ("X-Secret", "a-header"), ("OpenAI-Organization", "an-organization"));

        Assert.Null(options.AdditionalProperties);
        Assert.Null(options.RawRepresentationFactory);
        Assert.Null(options.ConversationId);
        Assert.Null(options.Instructions);
        Assert.Null(Assert.Single(prompt).AdditionalProperties);
        Assert.Equal("Hello", prompt[0].Text);
    }

    private async Task<(IReadOnlyList<ChatMessage> Prompt, ChatOptions Options)> AskedAsync(string body, params (string, string)[] headers)
    {
        world.App.Model.Hold = true;
        var asking = world.AskAsync(body, headers: headers);
        var next = world.App.Model.NextTurnAsync(Token).AsTask();
        Assert.True(await Task.WhenAny(asking, next) == next, asking.IsCompleted ? (await asking).Body.ToString() : "");
        var turn = await next;
        turn.Say("Hi");
        turn.Finish();
        Assert.Equal(HttpStatusCode.OK, (await asking).Status);
        return (turn.Prompt, turn.Options!);
    }
}
