using System.Net;
using System.Text;
using System.Text.Json;
using HubChat.Tests.App;
using Xunit;

namespace HubChat.Tests.Endpoints.OpenAI;

public sealed class BadRequestTests(OpenAIWorld world) : IClassFixture<OpenAIWorld>
{
    private const string Tool = """{"type":"function","function":{"name":"f"}}""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Members beside a good model and good messages, and the one that is named as wrong.</summary>
    public static TheoryData<string, string> Members => new()
    {
        { "\"stream\":1", "stream" },
        { "\"stream\":\"true\"", "stream" },
        { "\"stream_options\":{\"include_usage\":true}", "stream_options" },
        { "\"stream\":true,\"stream_options\":1", "stream_options" },
        { "\"stream\":true,\"stream_options\":{\"include_usage\":\"yes\"}", "stream_options.include_usage" },
        { "\"temperature\":2.1", "temperature" },
        { "\"temperature\":-0.1", "temperature" },
        { "\"temperature\":1e400", "temperature" },
        { "\"temperature\":\"1\"", "temperature" },
        { "\"top_p\":1.1", "top_p" },
        { "\"top_p\":-1", "top_p" },
        { "\"top_p\":[]", "top_p" },
        { "\"n\":2", "n" },
        { "\"n\":0", "n" },
        { "\"n\":1.5", "n" },
        { "\"max_tokens\":0", "max_tokens" },
        { "\"max_tokens\":99999999999", "max_tokens" },
        { "\"max_tokens\":\"10\"", "max_tokens" },
        { "\"max_completion_tokens\":-1", "max_completion_tokens" },
        { "\"max_completion_tokens\":{}", "max_completion_tokens" },
        { "\"stop\":[\"a\",\"b\",\"c\",\"d\",\"e\"]", "stop" },
        { "\"stop\":1", "stop" },
        { "\"stop\":\"\"", "stop" },
        { "\"stop\":[null]", "stop" },
        { "\"stop\":[\"a\",1]", "stop[1]" },
        { "\"stop\":\"\\u0000\"", "stop" },
        { "\"seed\":1.5", "seed" },
        { "\"seed\":\"1\"", "seed" },
        { "\"presence_penalty\":2.5", "presence_penalty" },
        { "\"presence_penalty\":true", "presence_penalty" },
        { "\"frequency_penalty\":-2.5", "frequency_penalty" },
        { "\"frequency_penalty\":\"\"", "frequency_penalty" },
        { "\"response_format\":\"text\"", "response_format" },
        { "\"response_format\":{}", "response_format.type" },
        { "\"response_format\":{\"type\":\"xml\"}", "response_format.type" },
        { "\"response_format\":{\"type\":\"json_schema\"}", "response_format.json_schema.name" },
        { "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"a b\",\"schema\":{}}}", "response_format.json_schema.name" },
        { "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"a\",\"schema\":[]}}", "response_format.json_schema.schema" },
        { "\"tools\":[]", "tools" },
        { "\"tools\":{}", "tools" },
        { "\"tools\":[null]", "tools[0].type" },
        { "\"tools\":[{\"type\":\"custom\"}]", "tools[0].type" },
        { "\"tools\":[{\"type\":\"function\"}]", "tools[0].function.name" },
        { "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"a b\"}}]", "tools[0].function.name" },
        { "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\\n\"}}]", "tools[0].function.name" },
        { "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":1}}]", "tools[0].function.parameters" },
        { $"\"tools\":[{Tool},{Tool}]", "tools" },
        { "\"tool_choice\":\"auto\"", "tool_choice" },
        { $"\"tools\":[{Tool}],\"tool_choice\":\"maybe\"", "tool_choice" },
        { $"\"tools\":[{Tool}],\"tool_choice\":1", "tool_choice" },
        { $"\"tools\":[{Tool}],\"tool_choice\":{{\"type\":\"custom\"}}", "tool_choice.type" },
        { $"\"tools\":[{Tool}],\"tool_choice\":{{\"type\":\"function\",\"function\":{{\"name\":\"g\"}}}}", "tool_choice.function.name" },
        { "\"parallel_tool_calls\":1", "parallel_tool_calls" },
        { "\"reasoning_effort\":\"utmost\"", "reasoning_effort" },
        { "\"reasoning_effort\":1", "reasoning_effort" },
        { "\"logprobs\":true", "logprobs" },
        { "\"logprobs\":1", "logprobs" },
        { "\"top_logprobs\":2", "top_logprobs" },
        { "\"functions\":[]", "functions" },
        { "\"model\":\"scripted\"", "model" },
    };

    /// <summary>Messages, and what of them is named as wrong.</summary>
    public static TheoryData<string, string> Messages => new()
    {
        { "[]", "messages" },
        { "null", "messages" },
        { "\"Hello\"", "messages" },
        { "[null]", "messages[0].role" },
        { "[{}]", "messages[0].role" },
        { "[1]", "messages[0]" },
        { """[{"role":"user","content":"a"},{"role":"robot","content":"a"}]""", "messages[1].role" },
        { """[{"role":1,"content":"a"}]""", "messages[0].role" },
        { """[{"role":"User","content":"a"}]""", "messages[0].role" },
        { """[{"role":"user"}]""", "messages[0].content" },
        { """[{"role":"user","content":null}]""", "messages[0].content" },
        { """[{"role":"user","content":1}]""", "messages[0].content" },
        { """[{"role":"user","content":{}}]""", "messages[0].content" },
        { """[{"role":"user","content":[]}]""", "messages[0].content" },
        { """[{"role":"user","content":[1]}]""", "messages[0].content[0]" },
        { """[{"role":"user","content":[null]}]""", "messages[0].content[0].type" },
        { """[{"role":"user","content":[{"type":"text"}]}]""", "messages[0].content[0]" },
        { """[{"role":"user","content":[{"type":"text","text":1}]}]""", "messages[0].content[0].text" },
        { """[{"role":"user","content":[{"type":"text","text":"a","text":"b"}]}]""", "messages[0].content" },
        { """[{"role":"user","content":[{"type":"video"}]}]""", "messages[0].content[0].type" },
        { """[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"","format":"wav"}}]}]""", "messages[0].content[0].type" },
        { """[{"role":"user","content":[{"type":"file","file":{}}]}]""", "messages[0].content[0].type" },
        { """[{"role":"user","content":[{"type":"image_url"}]}]""", "messages[0].content[0]" },
        { """[{"role":"user","content":[{"type":"image_url","image_url":"data:image/png;base64,AAAA"}]}]""", "messages[0].content[0].image_url" },
        { Image("https://example.org/a.png"), "messages[0].content[0].image_url.url" },
        { Image("http://127.0.0.1:1/"), "messages[0].content[0].image_url.url" },
        { Image("file:///etc/passwd"), "messages[0].content[0].image_url.url" },
        { Image("data:image/png;base64,"), "messages[0].content[0].image_url.url" },
        { Image("data:image/png;base64,A*AA"), "messages[0].content[0].image_url.url" },
        { Image("data:image/png;base64"), "messages[0].content[0].image_url.url" },
        { Image("data:image/png,AAAA"), "messages[0].content[0].image_url.url" },
        { Image("data:text/html;base64,AAAA"), "messages[0].content[0].image_url.url" },
        { Image("data:"), "messages[0].content[0].image_url.url" },
        { Image($"data:image/png;base64,{Convert.ToBase64String(new byte[1_001])}"), "messages[0].content[0].image_url.url" },
        { Image($"data:image/png;base64,{Convert.ToBase64String(new byte[5_000])}"), "messages[0].content[0].image_url.url" },
        { Image("data:image/png;base64,AAAA").Replace("\"user\"", "\"system\"", StringComparison.Ordinal), "messages[0].content[0]" },
        { Image("data:image/png;base64,AAAA").Replace("\"user\"", "\"assistant\"", StringComparison.Ordinal), "messages[0].content[0]" },
        { """[{"role":"assistant"}]""", "messages[0].content" },
        { """[{"role":"assistant","tool_calls":[{}]}]""", "messages[0].tool_calls[0].type" },
        { """[{"role":"assistant","tool_calls":[null]}]""", "messages[0].tool_calls[0].type" },
        { """[{"role":"assistant","tool_calls":1}]""", "messages[0].tool_calls" },
        { """[{"role":"assistant","tool_calls":[{"type":"function","function":{"name":"f","arguments":"{}"}}]}]""", "messages[0].tool_calls[0].id" },
        { """[{"role":"assistant","tool_calls":[{"id":"1","type":"function"}]}]""", "messages[0].tool_calls[0].function.name" },
        { Call("not json"), "messages[0].tool_calls[0].function.arguments" },
        { Call("[1]"), "messages[0].tool_calls[0].function.arguments" },
        { Call("""{\"a\":1,\"a\":2}"""), "messages[0].tool_calls[0].function.arguments" },
        { """[{"role":"tool","content":"a"}]""", "messages[0].tool_call_id" },
        { """[{"role":"tool","tool_call_id":"1"}]""", "messages[0].content" },
        { """[{"role":"function","content":"a"}]""", "messages[0].name" },
        { """[{"role":"user","content":"a\u0000b"}]""", "messages[0].content" },
        { """[{"role":"user","content":"a\ud800b"}]""", "messages[0].content" },
        { """[{"role":"user","content":[{"type":"text","text":"\udc00"}]}]""", "messages[0].content[0].text" },
        { """[{"role":"user","content":"a","name":"\u0000"}]""", "messages[0].name" },
        { """[{"role":"user","role":"system","content":"a"}]""", "messages[0].role" },
    };

    public static TheoryData<string> NotJson =>
    [
        "", "{", "[", "nonsense", "{\"model\":\"scripted\",}", "{\"model\":'scripted'}", "// nothing", "{\"model\":\"scripted\"}{}",
        $"{{\"deep\":{new string('[', 100)}{new string(']', 100)}}}",
    ];

    [Theory]
    [MemberData(nameof(Members))]
    public Task Bad_member_is_named(string members, string param) => AssertRefusedAsync(Bodies.With(members), param);

    [Theory]
    [MemberData(nameof(Messages))]
    public Task Bad_message_is_named(string messages, string param) => AssertRefusedAsync(Bodies.Of(HubChatApp.ModelName, messages), param);

    [Theory]
    [MemberData(nameof(NotJson))]
    public Task What_is_no_json_is_refused(string body) => AssertRefusedAsync(body, param: null);

    [Theory]
    [InlineData("null")]
    [InlineData("1")]
    [InlineData("[]")]
    public Task Body_must_be_an_object(string body) => AssertRefusedAsync(body, param: null);

    [Theory]
    [InlineData("""{"messages":[{"role":"user","content":"a"}]}""")]
    [InlineData("""{"model":null,"messages":[{"role":"user","content":"a"}]}""")]
    [InlineData("""{"model":"","messages":[{"role":"user","content":"a"}]}""")]
    [InlineData("""{"model":7,"messages":[{"role":"user","content":"a"}]}""")]
    [InlineData("""{"model":"\ud800","messages":[{"role":"user","content":"a"}]}""")]
    public Task Model_must_be_named(string body) => AssertRefusedAsync(body, "model");

    [Fact]
    public async Task Text_that_is_not_utf8_is_refused()
    {
        var body = Encoding.UTF8.GetBytes(Bodies.With("\"stream\":false"));
        body[Array.IndexOf(body, (byte)'H')] = 0xFF;
        using var content = new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } };

        var answer = await world.Client.SendAsync(HttpMethod.Post, OpenAIWorld.Completions, content, world.ModelsKey);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
    }

    [Fact]
    public async Task More_messages_than_openai_takes_are_refused() => await AssertRefusedAsync(
        Bodies.Of(HubChatApp.ModelName, $"[{string.Join(',', Enumerable.Repeat(Bodies.Hello, 2_049))}]"), "messages");

    private static string Image(string url) => $$$"""[{"role":"user","content":[{"type":"image_url","image_url":{"url":"{{{url}}}"}}]}]""";

    private static string Call(string arguments) =>
        $$$"""[{"role":"assistant","tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{{{arguments}}}"}}]}]""";

    private async Task AssertRefusedAsync(string body, string? param)
    {
        world.App.Model.Hold = false;
        var answer = await world.AskAsync(body);

        Assert.True(answer.Status is HttpStatusCode.BadRequest, $"{answer.Status} {answer.Body}");
        var error = answer.Body.GetProperty("error");
        Assert.Equal("invalid_request_error", error.GetProperty("type").GetString());
        Assert.Equal(param, error.GetProperty("param").GetString());
        Assert.Matches("^[a-z_]+$", error.GetProperty("code").GetString());
        Assert.Matches(@"^\S.*\.$", error.GetProperty("message").GetString());
        Assert.Equal(JsonValueKind.Object, answer.Body.ValueKind);
        Assert.False(Token.IsCancellationRequested);
    }
}
