using System.Text.Json;
using HubChat.Server.Models;
using HubChat.Server.Models.OpenAI;
using HubChat.Server.Models.Upstreams;
using HubChat.Tests.Models.Fakes;
using Microsoft.Extensions.AI;
using Xunit;

namespace HubChat.Tests.Models.OpenAI;

public sealed class OpenAIChatClientTests : ChatClientFaultTests
{
    private protected override int DataPrefix => 5;

    private protected override async Task<FakeUpstream> StartAsync() => await FakeOpenAI.StartAsync();

    private protected override IChatClient Connect(Uri server) => ModelClients.OpenAI(new Uri(server, "v1"));

    [Fact]
    public async Task Request_holds_what_was_asked()
    {
        await Client.GetResponseAsync(
            [new(ChatRole.User, "Grüezi"), new(ChatRole.Assistant, [new TextReasoningContent("Hm."), new TextContent("Hallo")]), new(ChatRole.User, "Again")],
            new ChatOptions
            {
                ModelId = "our-own-name",
                Instructions = "Answer in German.",
                Temperature = 0.5f,
                TopP = 0.75f,
                TopK = 40,
                Seed = 7,
                StopSequences = ["END"],
                MaxOutputTokens = 100,
                PresencePenalty = 0.25f,
                FrequencyPenalty = 0.5f,
                ResponseFormat = ChatResponseFormat.Json,
                Reasoning = new ReasoningOptions { Effort = ReasoningEffort.High },
            },
            Token);

        AssertSent("""
            {
              "model": "gpt-4o-mini",
              "messages": [
                {"role": "system", "content": "Answer in German."},
                {"role": "user", "content": "Grüezi"},
                {"role": "assistant", "content": "Hallo"},
                {"role": "user", "content": "Again"}
              ],
              "stream": true,
              "stream_options": {"include_usage": true},
              "temperature": 0.5, "top_p": 0.75, "top_k": 40, "max_tokens": 100,
              "presence_penalty": 0.25, "frequency_penalty": 0.5, "seed": 7, "stop": ["END"],
              "response_format": {"type": "json_object"}
            }
            """);
    }

    [Fact]
    public async Task Tools_their_results_and_images_are_sent()
    {
        var schema = JsonElement.Parse("""{"type":"object"}""");
        await Client.GetResponseAsync(
            [
                new(ChatRole.User, [new TextContent("Weather?"), new DataContent("data:image/png;base64,AQID"), new UriContent("https://pictures.example/sky.png", "image/png")]),
                new(ChatRole.Assistant, [new FunctionCallContent("c1", "weather", new Dictionary<string, object?> { ["city"] = "Bern" })]),
                new(ChatRole.Tool, [new FunctionResultContent("c1", "sunny")]),
            ],
            new ChatOptions
            {
                Tools = [AIFunctionFactory.CreateDeclaration("weather", "Tells the weather.", schema)],
                ToolMode = ChatToolMode.RequireSpecific("weather"),
                AllowMultipleToolCalls = false,
                ResponseFormat = ChatResponseFormat.ForJsonSchema(schema, "report"),
            },
            Token);

        AssertSent("""
            {
              "model": "gpt-4o-mini",
              "messages": [
                {"role": "user", "content": [
                  {"type": "text", "text": "Weather?"},
                  {"type": "image_url", "image_url": {"url": "data:image/png;base64,AQID"}},
                  {"type": "image_url", "image_url": {"url": "https://pictures.example/sky.png"}}
                ]},
                {"role": "assistant", "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{\"city\":\"Bern\"}"}}]},
                {"role": "tool", "content": "sunny", "tool_call_id": "c1"}
              ],
              "stream": true,
              "stream_options": {"include_usage": true},
              "response_format": {"type": "json_schema", "json_schema": {"name": "report", "schema": {"type": "object"}}},
              "tools": [{"type": "function", "function": {"name": "weather", "description": "Tells the weather.", "parameters": {"type": "object"}}}],
              "tool_choice": {"type": "function", "function": {"name": "weather"}},
              "parallel_tool_calls": false
            }
            """);
    }

    [Fact]
    public async Task Newer_models_are_given_their_own_limit_and_effort()
    {
        using var client = ModelClients.OpenAI(new Uri(Fake.Address, "v1"), new OpenAIModelOptions(Thinks: true, UsesMaxCompletionTokens: true));
        await client.GetResponseAsync(
            "Hello", new ChatOptions { MaxOutputTokens = 9, Reasoning = new ReasoningOptions { Effort = ReasoningEffort.Low } }, Token);

        var request = Fake.Requests[^1].Json;
        Assert.Equal((9, "low"), (request.GetProperty("max_completion_tokens").GetInt32(), request.GetProperty("reasoning_effort").GetString()));
        Assert.False(request.TryGetProperty("max_tokens", out _));
    }

    [Theory]
    [InlineData("https://api.openai.com/v1", true)]
    [InlineData("https://models.example/v1", false)]
    public void Limit_is_called_as_the_host_calls_it(string address, bool isNew)
    {
        var writer = new OpenAIRequestWriter(ModelClients.Parse(address), "m", new OpenAIModelOptions());
        var request = JsonElement.Parse(writer.Write([new(ChatRole.User, "Hello")], new ChatOptions { MaxOutputTokens = 9, TopK = 3 }));

        Assert.Equal(isNew, request.TryGetProperty("max_completion_tokens", out _));
        Assert.Equal(!isNew, request.TryGetProperty("max_tokens", out _));
        Assert.Equal(!isNew, request.TryGetProperty("top_k", out _));
    }

    [Fact]
    public async Task Server_with_its_own_ways_is_understood()
    {
        // No type with a charset, no role, comments, carriage returns, usage on the last piece without being asked, and no [DONE].
        var heard = await HearAsync(answer => answer
            .ContentType("text/event-stream")
            .Send(": hello\r\n\r\ndata:{\"choices\":[],\"prompt_filter_results\":[]}\r\n\r\n")
            .Send("event: message\r\nid: 1\r\ndata: {\"choices\":[{\"delta\":{\"reasoning\":\"Hm.\",\"content\":null}}]}\r\n\r\n")
            .Send("data: {\"choices\":[{\"index\":0,\"finish_reason\":null,\"delta\":{\"content\":\"Yes\",\"more\":{\"a\":[1]}}}],\"timings\":{}}\r\n\r\n: ping\r\n\r\n")
            .Send("data: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"No\"},\"finish_reason\":\"length\"}]}\r\n\r\n")
            .Send("data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}\r\n\r\n"));

        heard.Whole();
        Assert.Equal(("Yes", "Hm.", ChatFinishReason.Stop), (heard.Text, heard.Reasoning, heard.FinishReason!.Value));
        Assert.Equal((3, 4), (heard.Usage!.InputTokenCount, heard.Usage.OutputTokenCount));
    }

    [Fact]
    public async Task Done_without_a_finish_reason_fails() =>
        (await HearAsync(answer => answer.Say("Well, ").Send(OpenAIProtocol.Done))).Failed(text: "Well, ");

    [Fact]
    public async Task Empty_chunk_and_an_early_end_fail() =>
        (await HearAsync(answer => answer.Say("Well, ").Send(OpenAIProtocol.Chunk(new { role = "assistant", content = "" })))).Failed(text: "Well, ");

    [Fact]
    public async Task Last_event_must_be_whole() =>
        (await HearAsync(answer => answer.Say("a").Send(OpenAIProtocol.Chunk(new { }, "stop").TrimEnd('\n')))).Failed(text: "a");

    [Theory]
    [InlineData("length", "length")]
    [InlineData("content_filter", "content_filter")]
    [InlineData("tool_calls", "tool_calls")]
    [InlineData("function_call", "tool_calls")]
    [InlineData("eos", "stop")]
    public async Task Finish_reasons_are_kept(string told, string reason) =>
        Assert.Equal(reason, (await HearAsync(answer => answer.Say("a").Done(told))).Whole().FinishReason!.Value.Value);

    [Fact]
    public async Task Error_as_a_finish_reason_fails() => (await HearAsync(answer => answer.Say("a").Done("error"))).Failed(text: "a");

    [Theory]
    [InlineData("""{"error":{"message":"Hello","type":"server_error","code":500}}""", "server_error")]
    [InlineData("""{"error":{"message":"Hello","type":"x","code":"rate_limit_exceeded"},"choices":[]}""", "rate_limit_exceeded")]
    [InlineData("""{"error":{"message":"Hello","code":"Hello"}}""", null)]
    [InlineData("""{"error":"Hello"}""", null)]
    public async Task Error_chunk_fails_and_only_a_known_code_is_repeated(string chunk, string? code)
    {
        var failure = (await HearAsync(answer => answer.Say("a").SendFrame(chunk))).Failed(text: "a");

        Assert.DoesNotContain("Hello", failure.Message, StringComparison.Ordinal);
        Assert.Equal(code is not null, failure.Message.Contains('('));
        Assert.Contains(code ?? "", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(400, "context_length_exceeded")]
    [InlineData(400, "exceed_context_size_error")]
    [InlineData(413, "context_length_exceeded")]
    public async Task Prompt_that_is_too_long_is_told_as_such(int status, string upstream)
    {
        var failure = (await HearAsync(answer => answer.Fail(status, "Hello is too long", upstream))).Failed(ModelException.ContextLength);

        Assert.False(failure.IsTransient);
        Assert.DoesNotContain("Hello", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Used_up_quota_is_not_worth_a_retry()
    {
        var failure = (await HearAsync(answer => answer.Fail(429, "no money", "insufficient_quota"))).Failed(ModelException.Busy);

        Assert.False(failure.IsTransient);
        Assert.Contains("insufficient_quota", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_id_is_on_the_first_update_and_on_failures()
    {
        var heard = (await HearAsync(answer => answer.Header("x-request-id", "req_1").Say("a", "b").Done())).Whole();
        Assert.Equal(["req_1", null, null], heard.Updates.Select(UpstreamRequestId.Of));
        Assert.All(heard.Updates, update => Assert.Equal((OpenAIProtocol.Id, OpenAIProtocol.Model), (update.ResponseId, update.ModelId)));

        Assert.Equal("req_2", (await HearAsync(answer => answer.Header("x-request-id", "req_2").Fail(500, "no"))).Failed().RequestId);
        Assert.Equal("req_3", (await HearAsync(answer => answer.Header("x-request-id", "req_3").Say("a").BreakOff())).Failed(text: "a").RequestId);
        Assert.Null((await HearAsync(answer => answer.Header("x-request-id", "<b> 1").Fail(500, "no"))).Failed().RequestId);
    }

    [Fact]
    public async Task Pieces_of_several_tool_calls_are_put_together()
    {
        var heard = await HearAsync(answer => answer
            .Send(OpenAIProtocol.Chunk(new { tool_calls = new object[] { new { index = 0, id = "a", function = new { name = "one", arguments = "" } }, new { index = 1, id = "b", function = new { name = "two", arguments = "{}" } } } }))
            .Send(OpenAIProtocol.Chunk(new { tool_calls = new[] { new { index = 0, function = new { arguments = "{\"x\":" } } } }))
            .Send(OpenAIProtocol.Chunk(new { tool_calls = new[] { new { index = 0, function = new { arguments = "1}" } } } }))
            .Done("tool_calls"));

        var calls = heard.Whole().Contents<FunctionCallContent>().ToList();
        Assert.Equal([("a", "one", 1), ("b", "two", 0)], calls.Select(call => (call.CallId, call.Name, call.Arguments!.Count)));
    }

    [Fact]
    public async Task Tool_calls_without_numbers_are_told_apart_by_their_ids()
    {
        var heard = await HearAsync(answer => answer
            .Send(OpenAIProtocol.Chunk(new { tool_calls = new[] { new { id = "a", function = new { name = "one", arguments = "{}" } } } }))
            .Send(OpenAIProtocol.Chunk(new { tool_calls = new[] { new { id = "b", function = new { name = "two" } } } }))
            .Send(OpenAIProtocol.Chunk(new { tool_calls = new[] { new { function = new { arguments = "{}" } } } }))
            .Done("stop"));

        Assert.Equal(["one", "two"], heard.Whole().Contents<FunctionCallContent>().Select(call => call.Name));
        Assert.Equal(ChatFinishReason.ToolCalls, heard.FinishReason);
    }

    [Fact]
    public async Task Tool_call_with_broken_arguments_fails() =>
        (await HearAsync(answer => answer.CallTool("weather", "{\"city\":").Done("tool_calls"))).Failed();

    [Fact]
    public async Task Endless_tool_call_is_cut()
    {
        var piece = OpenAIProtocol.Chunk(new { tool_calls = new[] { new { index = 0, function = new { arguments = new string('1', 64 * 1024) } } } });

        Assert.Contains("tool calls", (await HearAsync(answer => answer.SendEndlessly(piece))).Failed().Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Part_of_Ollama_that_speaks_like_OpenAI_is_understood()
    {
        await using var ollama = await FakeOllama.StartAsync();
        ollama.Models.Add(new FakeModel(OpenAIProtocol.Model));
        using var client = ModelClients.OpenAI(new Uri(ollama.Address, "v1"));

        Assert.Equal("You said: Hello", (await client.HearAsync("Hello", Token)).Whole().Text);
    }

    private void AssertSent(string expected) =>
        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(expected), Fake.Requests[^1].Json), Fake.Requests[^1].Body);
}
