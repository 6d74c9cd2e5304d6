using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using HubChat.Tests.Endpoints.Auth;
using Xunit;

namespace HubChat.Tests.Endpoints.Sse;

public sealed class BadRequestTests(SseWorld world) : IClassFixture<SseWorld>
{
    private const int MaxBody = 1_048_576;
    private const int MaxText = 32_000;
    private const string PartsPath = "messages[0].content.parts";
    private const string Hello = """[{"role":"user","content":{"content_type":"text","parts":["Hi"]}}]""";
    private const string Unknown = "690d5b6c-0000-4000-8000-000000000001";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Bodies with one mistake, the code and what is named as wrong.</summary>
    public static TheoryData<string, string, string?> Bad => new()
    {
        // Not one JSON object.
        { "", "invalid_json", null },
        { " ", "invalid_json", null },
        { "{", "invalid_json", null },
        { "[", "invalid_json", null },
        { "nonsense", "invalid_json", null },
        { "null", "invalid_json", null },
        { "true", "invalid_json", null },
        { "1", "invalid_json", null },
        { "[]", "invalid_json", null },
        { "\"{}\"", "invalid_json", null },
        { $"[{Of(Hello)}]", "invalid_json", null },
        { Of(Hello) + Of(Hello), "invalid_json", null },
        { Of(Hello) + "x", "invalid_json", null },
        { Of(Hello)[..^1] + ",}", "invalid_json", null },
        { Of(Hello)[..^1], "invalid_json", null },
        { Of(Hello).Replace('"', '\''), "invalid_json", null },
        { "// a comment\n" + Of(Hello), "invalid_json", null },
        { With("\"user_id\":undefined"), "invalid_json", null },
        { With("\"metadata\":{\"temperature\":NaN}"), "invalid_json", null },
        { With("\"metadata\":{\"temperature\":.5}"), "invalid_json", null },
        { With("\"metadata\":{\"temperature\":01}"), "invalid_json", null },
        { With("\"other\":\"\\x\""), "invalid_json", null },
        { With("\"other\":\"\\u12\""), "invalid_json", null },
        { With("\"other\":\"a\nb\""), "invalid_json", null },
        { With($"\"other\":{new string('[', 64)}{new string(']', 64)}"), "invalid_json", null },

        // Of repeated members none can be meant, wherever they are.
        { With($"\"messages\":{Hello}"), "invalid_json", null },
        { With("\"other\":1,\"other\":1"), "invalid_json", null },
        { With("\"metadata\":{\"temperature\":1,\"temperature\":2}"), "invalid_json", null },
        { Message("""
            "role":"user","role":"user","content":{"content_type":"text","parts":["Hi"]}
            """), "invalid_json", null },

        // The name of a member must be a text.
        { With("\"\\ud800\":1"), "invalid_json", null },
        { With("\"other\":{\"\\udc00\":1}"), "invalid_json", null },
        { With("\"other\":[{\"a\\ud800b\":1}]"), "invalid_json", null },

        // Who is meant to ask.
        { With("\"user_id\":1"), "invalid_user_id", "user_id" },
        { With("\"user_id\":true"), "invalid_user_id", "user_id" },
        { With("\"user_id\":{}"), "invalid_user_id", "user_id" },
        { With("\"user_id\":[\"ada\"]"), "invalid_user_id", "user_id" },

        // Where.
        { With("\"conversation_id\":\"\""), "invalid_conversation_id", "conversation_id" },
        { With("\"conversation_id\":\"new\""), "invalid_conversation_id", "conversation_id" },
        { With("\"conversation_id\":1"), "invalid_conversation_id", "conversation_id" },
        { With("\"conversation_id\":false"), "invalid_conversation_id", "conversation_id" },
        { With("\"conversation_id\":{}"), "invalid_conversation_id", "conversation_id" },
        { With("\"conversation_id\":[]"), "invalid_conversation_id", "conversation_id" },
        { With($"\"conversation_id\":\"{{{Unknown}}}\""), "invalid_conversation_id", "conversation_id" },
        { With($"\"conversation_id\":\"{Unknown.Replace("-", "", StringComparison.Ordinal)}\""), "invalid_conversation_id", "conversation_id" },
        { With($"\"conversation_id\":\" {Unknown}\""), "invalid_conversation_id", "conversation_id" },
        { With($"\"conversation_id\":\"{Unknown}\\n\""), "invalid_conversation_id", "conversation_id" },
        { With($"\"conversation_id\":\"{Unknown}0\""), "invalid_conversation_id", "conversation_id" },
        { With($"\"conversation_id\":\"urn:uuid:{Unknown}\""), "invalid_conversation_id", "conversation_id" },
        { With("\"conversation_id\":\"\\ud800\""), "invalid_conversation_id", "conversation_id" },

        // One message.
        { "{}", "invalid_messages", "messages" },
        { Of("null"), "invalid_messages", "messages" },
        { Of("[]"), "invalid_messages", "messages" },
        { Of("{}"), "invalid_messages", "messages" },
        { Of("\"Hi\""), "invalid_messages", "messages" },
        { Of("1"), "invalid_messages", "messages" },
        { Of(Hello[1..^1]), "invalid_messages", "messages" },
        { "{\"Messages\":[]}", "invalid_messages", "messages" },
        { Of("[null]"), "invalid_messages", "messages[0]" },
        { Of("[\"Hi\"]"), "invalid_messages", "messages[0]" },
        { Of("[1]"), "invalid_messages", "messages[0]" },
        { Of($"[{Hello}]"), "invalid_messages", "messages[0]" },
        { Of($"[{Hello[1..^1]},{Hello[1..^1]}]"), "too_many_messages", "messages" },
        { Of("[null,null]"), "too_many_messages", "messages" },

        // Who speaks.
        { Of("[{}]"), "invalid_role", "messages[0].role" },
        { Role("\"role\":null"), "invalid_role", "messages[0].role" },
        { Role("\"role\":1"), "invalid_role", "messages[0].role" },
        { Role("\"role\":\"\""), "invalid_role", "messages[0].role" },
        { Role("\"role\":\"User\""), "invalid_role", "messages[0].role" },
        { Role("\"role\":\" user\""), "invalid_role", "messages[0].role" },
        { Role("\"role\":\"assistant\""), "invalid_role", "messages[0].role" },
        { Role("\"role\":\"system\""), "invalid_role", "messages[0].role" },
        { Role("\"role\":\"tool\""), "invalid_role", "messages[0].role" },
        { Role("\"role\":[\"user\"]"), "invalid_role", "messages[0].role" },
        { Role("\"role\":\"\\ud800\""), "invalid_role", "messages[0].role" },
        { Role("\"author\":\"user\""), "invalid_role", "messages[0].role" },
        { Role("\"author\":{}"), "invalid_role", "messages[0].role" },
        { Role("\"author\":{\"role\":\"assistant\"}"), "invalid_role", "messages[0].role" },
        { Role("\"author\":{\"role\":1}"), "invalid_role", "messages[0].role" },
        { Role("\"role\":\"assistant\",\"author\":{\"role\":\"user\"}"), "invalid_role", "messages[0].role" },

        // Its id.
        { Id("\"\""), "invalid_message_id", "messages[0].id" },
        { Id("1"), "invalid_message_id", "messages[0].id" },
        { Id("{}"), "invalid_message_id", "messages[0].id" },
        { Id("[]"), "invalid_message_id", "messages[0].id" },
        { Id("true"), "invalid_message_id", "messages[0].id" },
        { Id("\"a b\""), "invalid_message_id", "messages[0].id" },
        { Id("\"a.b\""), "invalid_message_id", "messages[0].id" },
        { Id("\"a/b\""), "invalid_message_id", "messages[0].id" },
        { Id("\"a\\n\""), "invalid_message_id", "messages[0].id" },
        { Id("\"\\na\""), "invalid_message_id", "messages[0].id" },
        { Id("\"é\""), "invalid_message_id", "messages[0].id" },
        { Id("\"１\""), "invalid_message_id", "messages[0].id" },
        { Id("\"a\\u0000\""), "invalid_message_id", "messages[0].id" },
        { Id("\"\\ud800\""), "invalid_message_id", "messages[0].id" },
        { Id($"\"{new string('a', 129)}\""), "invalid_message_id", "messages[0].id" },

        // What it holds.
        { Message("\"role\":\"user\""), "unsupported_content_type", "messages[0].content.content_type" },
        { Content("null"), "unsupported_content_type", "messages[0].content.content_type" },
        { Content("\"Hi\""), "unsupported_content_type", "messages[0].content.content_type" },
        { Content("[\"Hi\"]"), "unsupported_content_type", "messages[0].content.content_type" },
        { Content("""{"parts":["Hi"]}"""), "unsupported_content_type", "messages[0].content.content_type" },
        { Content("""{"content_type":null,"parts":["Hi"]}"""), "unsupported_content_type", "messages[0].content.content_type" },
        { Content("""{"content_type":"","parts":["Hi"]}"""), "unsupported_content_type", "messages[0].content.content_type" },
        { Content("""{"content_type":"Text","parts":["Hi"]}"""), "unsupported_content_type", "messages[0].content.content_type" },
        { Content("""{"content_type":"code","parts":["Hi"]}"""), "unsupported_content_type", "messages[0].content.content_type" },
        { Content("""{"content_type":"multimodal_text","parts":["Hi"]}"""), "unsupported_content_type", "messages[0].content.content_type" },
        { Content("""{"content_type":["text"],"parts":["Hi"]}"""), "unsupported_content_type", "messages[0].content.content_type" },
        { Content("""{"content_type":1,"parts":["Hi"]}"""), "unsupported_content_type", "messages[0].content.content_type" },
        { Content("""{"content_type":"\udc00","parts":["Hi"]}"""), "unsupported_content_type", "messages[0].content.content_type" },
        { Content("""{"content_type":"text"}"""), "invalid_parts", PartsPath },
        { Parts($"[{string.Join(',', Enumerable.Repeat("\"a\"", 1_001))}]"), "invalid_parts", PartsPath },
        { Parts("null"), "invalid_parts", PartsPath },
        { Parts("[]"), "invalid_parts", PartsPath },
        { Parts("{}"), "invalid_parts", PartsPath },
        { Parts("\"Hi\""), "invalid_parts", PartsPath },
        { Parts("[null]"), "invalid_parts", PartsPath },
        { Parts("[1]"), "invalid_parts", PartsPath },
        { Parts("[{}]"), "invalid_parts", PartsPath },
        { Parts("[[\"Hi\"]]"), "invalid_parts", PartsPath },
        { Parts("[\"Hi\",1]"), "invalid_parts", PartsPath },
        { Parts("[\"Hi\",null]"), "invalid_parts", PartsPath },
        { Parts("[\"Hi\",{\"asset_pointer\":\"x\"}]"), "invalid_parts", PartsPath },
        { Parts("""["\ud800"]"""), "invalid_parts", PartsPath },
        { Parts("""["\udc00"]"""), "invalid_parts", PartsPath },
        { Parts("""["a\ud83db"]"""), "invalid_parts", PartsPath },
        { Parts("""["\ude00\ud83d"]"""), "invalid_parts", PartsPath },
        { Parts("""["a","\ud83d"]"""), "invalid_parts", PartsPath },

        // Two halves are one character only where they stand in one text.
        { Parts("""["\ud83d","\ude00"]"""), "invalid_parts", PartsPath },
        { Parts("""["a\u0000b"]"""), "invalid_parts", PartsPath },
        { Parts("""["a","\u0000"]"""), "invalid_parts", PartsPath },
        { Parts("[\"\"]"), "empty_content", PartsPath },
        { Parts("[\"\",\"\"]"), "empty_content", PartsPath },
        { Parts("[\" \"]"), "empty_content", PartsPath },
        { Parts("""["\t","\r\n"," "]"""), "empty_content", PartsPath },
        { Parts("""["\u00a0\u2003\u2028\u3000"]"""), "empty_content", PartsPath },

        // How it is to be answered.
        { With("\"metadata\":[]"), "invalid_metadata", "metadata" },
        { With("\"metadata\":\"x\""), "invalid_metadata", "metadata" },
        { With("\"metadata\":1"), "invalid_metadata", "metadata" },
        { With("\"metadata\":false"), "invalid_metadata", "metadata" },
        { Metadata("\"temperature\":-0.1"), "temperature_out_of_range", "metadata.temperature" },
        { Metadata("\"temperature\":-1e-300"), "temperature_out_of_range", "metadata.temperature" },
        { Metadata("\"temperature\":2.1"), "temperature_out_of_range", "metadata.temperature" },
        { Metadata("\"temperature\":2.0000000000000004"), "temperature_out_of_range", "metadata.temperature" },
        { Metadata("\"temperature\":3"), "temperature_out_of_range", "metadata.temperature" },
        { Metadata("\"temperature\":1e400"), "temperature_out_of_range", "metadata.temperature" },
        { Metadata("\"temperature\":-1e400"), "temperature_out_of_range", "metadata.temperature" },
        { Metadata("\"temperature\":\"1\""), "temperature_out_of_range", "metadata.temperature" },
        { Metadata("\"temperature\":\"\""), "temperature_out_of_range", "metadata.temperature" },
        { Metadata("\"temperature\":true"), "temperature_out_of_range", "metadata.temperature" },
        { Metadata("\"temperature\":[1]"), "temperature_out_of_range", "metadata.temperature" },
        { Metadata("\"temperature\":{}"), "temperature_out_of_range", "metadata.temperature" },
        { Metadata("\"model\":\"unknown\""), "invalid_metadata", "metadata.model" },
        { Metadata("\"model\":\"\""), "invalid_metadata", "metadata.model" },
        { Metadata("\"model\":\"Scripted\""), "invalid_metadata", "metadata.model" },
        { Metadata("\"model\":1"), "invalid_metadata", "metadata.model" },
        { Metadata("\"model\":[\"scripted\"]"), "invalid_metadata", "metadata.model" },
        { Metadata("\"model\":{}"), "invalid_metadata", "metadata.model" },
        { Metadata("\"model\":\"\\ud800\""), "invalid_metadata", "metadata.model" },
    };

    /// <summary>Bodies with two mistakes of neighbouring steps, and the code of the first one.</summary>
    public static TheoryData<string, string> Pairs => new()
    {
        { "[1", "invalid_json" },
        { """{"user_id":1,"messages":[],"messages":[]}""", "invalid_json" },
        { """{"user_id":"somebody","conversation_id":"x"}""", "user_id_mismatch" },
        { """{"user_id":1,"conversation_id":"x"}""", "invalid_user_id" },
        { """{"conversation_id":"x","messages":[]}""", "invalid_conversation_id" },
        { """{"messages":[{"role":"system"},{}]}""", "too_many_messages" },
        { """{"messages":["Hi"],"metadata":1}""", "invalid_messages" },
        { """{"messages":[{"role":"system","id":"a b"}]}""", "invalid_role" },
        { """{"messages":[{"role":"user","id":"a b","content":{"content_type":"code"}}]}""", "invalid_message_id" },
        { """{"messages":[{"role":"user","content":{"content_type":"code","parts":[]}}]}""", "unsupported_content_type" },
        { """{"messages":[{"role":"user","content":{"content_type":"text","parts":[" ",1]}}]}""", "invalid_parts" },
        { """{"messages":[{"role":"user","content":{"content_type":"text","parts":[1]}}],"metadata":1}""", "invalid_parts" },
        { """{"messages":[{"role":"user","content":{"content_type":"text","parts":[" "]}}],"metadata":1}""", "empty_content" },
        { Metadata("\"model\":\"unknown\",\"temperature\":3"), "temperature_out_of_range" },
        { With($"\"conversation_id\":\"{Unknown}\",\"metadata\":{{\"model\":\"unknown\"}}"), "invalid_metadata" },
        { With($"\"conversation_id\":\"{Unknown}\",\"metadata\":{{\"temperature\":3}}"), "temperature_out_of_range" },
        { With($"\"conversation_id\":\"{Unknown}\""), "conversation_not_found" },
    };

    /// <summary>Bodies that are just right.</summary>
    public static TheoryData<string> Good =>
    [
        Of(Hello),
        " \r\n\t" + Of(Hello) + "\n ",
        With("\"user_id\":null,\"conversation_id\":null,\"metadata\":null"),
        With("\"user_id\":\"ada\""),
        With("\"metadata\":{}"),
        Metadata("\"temperature\":null,\"model\":null"),
        Metadata("\"temperature\":0"),
        Metadata("\"temperature\":-0.0"),
        Metadata("\"temperature\":2"),
        Metadata("\"temperature\":2.0"),
        Metadata("\"temperature\":20e-1"),
        Metadata("\"temperature\":0.7"),
        Metadata("\"model\":\"scripted\""),
        Metadata("\"model\":\"titled\",\"something\":[1]"),
        Id("null"),
        Id("\"a\""),
        Id("\"AZaz09_-\""),
        Id($"\"{new string('a', 128)}\""),
        Role("\"author\":{\"role\":\"user\",\"name\":\"Ada\"}"),
        Role("\"role\":\"user\",\"author\":{\"role\":\"assistant\"}"),
        Role("\"role\":null,\"author\":{\"role\":\"user\"}"),
        Parts("[\"\",\"a\",\"\"]"),
        Parts("""["\ud83d\ude00"]"""),
        Parts("""["\u0001"," a"]"""),
        Parts($"[{string.Join(',', Enumerable.Repeat("\"a\"", 1_000))}]"),

        // What the clients of others send.
        With("""
            "action":"next","parent_message_id":"client-created-root","timezone_offset_min":-60,"supported_encodings":["v1"],"stream":false,"offset":-1
            """),
        Message("""
            "role":"user","create_time":1.5,"content":{"content_type":"text","parts":["Hi"],"language":1},"metadata":{"temperature":99}
            """),
        With($"\"other\":{new string('[', 63)}{new string(']', 63)}"),
    ];

    [Theory]
    [MemberData(nameof(Bad))]
    public Task Mistake_is_named(string body, string code, string? param) => AssertRefusedAsync(body, 400, code, param);

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Of_two_mistakes_the_first_in_the_order_is_told(string body, string code)
    {
        var before = await Stored.InAsync(world.App);

        var answer = await world.SendAsync(HttpMethod.Post, SseWorld.Converse, body);

        Assert.Equal(code, SseWorld.RefusalOf(answer).Code);
        Assert.Equal(before, await Stored.InAsync(world.App));
    }

    [Theory]
    [MemberData(nameof(Good))]
    public async Task What_is_right_is_answered(string body)
    {
        var before = await Stored.InAsync(world.App);

        var answer = await world.SendAsync(HttpMethod.Post, SseWorld.Converse, body);

        Assert.True(answer.Status is HttpStatusCode.OK, $"{answer.Status} {answer.Body}");
        Assert.Equal(before.Chats + 1, (await Stored.InAsync(world.App)).Chats);
    }

    [Fact]
    public async Task Caller_may_be_called_by_id_in_any_case_or_by_name()
    {
        foreach (var name in new[] { world.Ada.Id, world.Ada.Id.ToUpperInvariant(), world.Ada.UserName })
        {
            Assert.Equal(HttpStatusCode.OK, (await world.SendAsync(HttpMethod.Post, SseWorld.Converse, With($"\"user_id\":\"{name}\""))).Status);
        }
    }

    [Fact]
    public async Task Caller_that_believes_to_be_somebody_else_is_told_so()
    {
        foreach (var name in new[] { "", "user_123", world.Bob.Id, world.Bob.UserName, $"{world.Ada.Id} ", "\\ud800" })
        {
            await AssertRefusedAsync(With($"\"user_id\":\"{name}\""), 403, "user_id_mismatch", "user_id");
        }
    }

    [Theory]
    [InlineData("a")]
    [InlineData("漢")]
    [InlineData("😀")]
    public async Task Longest_text_is_counted_in_characters(string character)
    {
        var longest = string.Concat(Enumerable.Repeat(character, MaxText));

        Assert.Equal(HttpStatusCode.OK, (await world.PostAsync(SseWorld.Converse, SseWorld.Question(longest))).Status);
        await AssertRefusedAsync(SseWorld.Question(longest + character).ToJsonString(), 400, "message_too_long", PartsPath);
    }

    [Fact]
    public async Task Parts_are_counted_together()
    {
        var (half, more) = (new string('a', MaxText / 2), new string('b', (MaxText / 2) + 1));

        Assert.Equal(HttpStatusCode.OK, (await world.SendAsync(HttpMethod.Post, SseWorld.Converse, Parts($"[\"{half}\",\"{half}\"]"))).Status);
        await AssertRefusedAsync(Parts($"[\"{half}\",\"{more}\"]"), 400, "message_too_long", PartsPath);
    }

    [Fact]
    public async Task Too_long_text_comes_before_metadata() => await AssertRefusedAsync(
        Parts($"[\"{new string('a', MaxText + 1)}\"]")[..^1] + ",\"metadata\":1}", 400, "message_too_long", PartsPath);

    [Fact]
    public async Task White_space_however_long_is_empty() =>
        await AssertRefusedAsync(Parts($"[\"{new string(' ', MaxText + 1)}\"]"), 400, "empty_content", PartsPath);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Body_up_to_the_limit_is_taken_and_one_byte_more_is_not(bool chunked)
    {
        Assert.Equal(HttpStatusCode.OK, (await SendBytesAsync(Padded(MaxBody), chunked)).Status);

        var before = await Stored.InAsync(world.App);
        foreach (var size in new[] { MaxBody + 1, 2 * MaxBody })
        {
            var answer = await SendBytesAsync(Padded(size), chunked);

            Assert.Equal((413, "body_too_large", null), SseWorld.RefusalOf(answer));
        }

        Assert.Equal(before, await Stored.InAsync(world.App));
    }

    [Theory]
    [InlineData(SseWorld.ResumePath, "POST")]
    [InlineData(SseWorld.Stop, "POST")]
    [InlineData($"/backend-api/conversation/{Unknown}", "PATCH")]
    [InlineData($"/backend-api/conversation/gen_title/{Unknown}", "POST")]
    public async Task Other_calls_read_their_bodies_as_strictly(string path, string method)
    {
        foreach (var body in new[] { "null", "[]", "{", "{\"a\":1,\"a\":2}", "{\"\\ud800\":1}", "nonsense", "\"\"" })
        {
            Assert.Equal((400, "invalid_json", null), SseWorld.RefusalOf(await world.SendAsync(new HttpMethod(method), path, body)));
        }

        using var text = new StringContent("{}", Encoding.UTF8, "text/plain");
        Assert.Equal(
            (415, "unsupported_media_type", null),
            SseWorld.RefusalOf(await world.Client.SendAsync(new HttpMethod(method), path, text, world.Ada.Token)));
        foreach (var chunked in new[] { false, true })
        {
            Assert.Equal((413, "body_too_large", null), SseWorld.RefusalOf(await SendBytesAsync(Padded(MaxBody + 1), chunked, path: path, method: method)));
        }
    }

    [Fact]
    public async Task Body_that_does_not_come_is_not_waited_for()
    {
        var before = await Stored.InAsync(world.App);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(world.App.Address.Host, world.App.Address.Port, Token);
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes(
                $"POST {SseWorld.Converse} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {world.Ada.Token}\r\n"
                + "Content-Type: application/json\r\nContent-Length: 500\r\n\r\n{\"me"),
            Token);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var answer = await reader.ReadToEndAsync(Token);

        Assert.StartsWith("HTTP/1.1 408 ", answer, StringComparison.Ordinal);
        Assert.Contains("{\"detail\":{\"code\":\"request_timeout\",", answer, StringComparison.Ordinal);
        Assert.Equal(before, await Stored.InAsync(world.App));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("text/plain")]
    [InlineData("text/event-stream")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData("application/octet-stream")]
    [InlineData("application/jsonp")]
    [InlineData("application/problem+json")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("application/json; charset=iso-8859-1")]
    [InlineData("application/json; charset=nonsense")]
    public async Task Body_must_say_that_it_is_json(string? type)
    {
        var before = await Stored.InAsync(world.App);

        var answer = await SendBytesAsync(Encoding.UTF8.GetBytes(Of(Hello)), chunked: false, type);

        Assert.Equal((415, "unsupported_media_type", null), SseWorld.RefusalOf(answer));
        Assert.Equal(before, await Stored.InAsync(world.App));
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("Application/JSON;charset=\"UTF-8\"")]
    [InlineData("application/json; charset=utf8")]
    public async Task Body_may_say_so_in_any_way(string type) =>
        Assert.Equal(HttpStatusCode.OK, (await SendBytesAsync(Encoding.UTF8.GetBytes(Of(Hello)), chunked: false, type)).Status);

    [Theory]
    [InlineData(new byte[] { 0xFF })]
    [InlineData(new byte[] { 0xC0, 0x80 })]
    [InlineData(new byte[] { 0xE6, 0xBC })]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 })]
    [InlineData(new byte[] { 0xF4, 0x90, 0x80, 0x80 })]
    public async Task What_is_not_utf8_is_refused_and_never_replaced(byte[] bytes)
    {
        var before = await Stored.InAsync(world.App);
        var halves = Parts("[\"a|b\"]").Split('|');
        byte[] broken = [.. Encoding.UTF8.GetBytes(halves[0]), .. bytes, .. Encoding.UTF8.GetBytes(halves[1])];

        Assert.Equal((400, "invalid_json", null), SseWorld.RefusalOf(await SendBytesAsync(broken, chunked: false)));
        Assert.Equal(before, await Stored.InAsync(world.App));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Who_asks_is_looked_at_before_how_much_is_sent(bool chunked)
    {
        var answer = await SendBytesAsync(Padded(MaxBody + 1), chunked, token: "nonsense");

        Assert.Equal((401, "unauthorized", null), SseWorld.RefusalOf(answer));
        Assert.Equal("Bearer", answer.Header("WWW-Authenticate"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task How_much_is_sent_is_looked_at_before_what_it_says_to_be(bool chunked) => Assert.Equal(
        (413, "body_too_large", null), SseWorld.RefusalOf(await SendBytesAsync(Padded(MaxBody + 1), chunked, "text/plain")));

    [Fact]
    public async Task What_it_says_to_be_is_looked_at_before_what_it_is() => Assert.Equal(
        (415, "unsupported_media_type", null), SseWorld.RefusalOf(await SendBytesAsync("nonsense"u8.ToArray(), chunked: false, "text/plain")));

    [Fact]
    public async Task Mistake_of_a_member_is_told_before_one_of_the_key()
    {
        Assert.Equal("invalid_metadata", (await WithKeyAsync(Metadata("\"model\":\"unknown\""), new string('k', 129))).Code);
        Assert.Equal("invalid_idempotency_key", (await WithKeyAsync(With($"\"conversation_id\":\"{Unknown}\""), new string('k', 129))).Code);
    }

    [Fact]
    public async Task Key_of_another_request_is_told_before_a_conversation_that_is_unknown()
    {
        await WithKeyAsync(Of(Hello), "taken");

        Assert.Equal((409, "idempotency_key_reused", null), await WithKeyAsync(With($"\"conversation_id\":\"{Unknown}\""), "taken"));
    }

    [Fact]
    public async Task Busy_conversation_takes_nothing_and_says_when_to_come_again()
    {
        world.App.Model.Hold = true;
        await using var stream = await world.OpenAsync(SseWorld.Converse, SseWorld.Question("First", id: "msg_1"));
        var begun = await stream.UntilAsync('A', Token);
        var turn = await world.App.Model.NextTurnAsync(Token);
        world.App.Model.Hold = false;
        var conversation = SseWorld.ConversationOf(begun);
        var before = await Stored.InAsync(world.App);

        var answer = await world.PostAsync(SseWorld.Converse, SseWorld.Question("Second", conversation));

        Assert.Equal((409, "conversation_busy", null), SseWorld.RefusalOf(answer));
        Assert.Equal("1", answer.Header("Retry-After"));

        // What was sent before is recognised first, also when it conflicts.
        Assert.Equal("message_id_conflict", (await RefusalAsync(SseWorld.Question("Other", conversation, "msg_1"))).Code);
        Assert.Equal(before, await Stored.InAsync(world.App));

        turn.Finish();
        await stream.RestAsync(Token);
        Assert.Equal(HttpStatusCode.OK, (await world.PostAsync(SseWorld.Converse, SseWorld.Question("Second", conversation))).Status);
    }

    [Fact]
    public async Task Conversation_whose_assistant_is_off_is_not_asked_and_busy_comes_first()
    {
        await using var hub = await world.Ada.ConnectAsync(Token);
        world.App.Model.Hold = true;
        await using var stream = await world.OpenAsync(SseWorld.Converse, SseWorld.Question("First"));
        var conversation = SseWorld.ConversationOf(await stream.UntilAsync('A', Token));
        var turn = await world.App.Model.NextTurnAsync(Token);
        world.App.Model.Hold = false;
        await hub.CallAsync("UpdateChatSettings", Token, new { chatId = conversation, assistant = "off" });

        Assert.Equal("conversation_busy", (await RefusalAsync(SseWorld.Question("Second", conversation))).Code);
        turn.Finish();
        await stream.RestAsync(Token);
        var before = await Stored.InAsync(world.App);

        Assert.Equal((409, "assistant_off", null), await RefusalAsync(SseWorld.Question("Second", conversation)));

        Assert.Equal(before, await Stored.InAsync(world.App));
    }

    private static string Of(string messages) => $"{{\"messages\":{messages}}}";

    private static string With(string members) => $"{{\"messages\":{Hello},{members}}}";

    private static string Metadata(string members) => With($"\"metadata\":{{{members}}}");

    private static string Message(string members) => Of($"[{{{members}}}]");

    private static string Role(string members) => Message($"{members},\"content\":{{\"content_type\":\"text\",\"parts\":[\"Hi\"]}}");

    private static string Id(string id) => Role($"\"role\":\"user\",\"id\":{id}");

    private static string Content(string content) => Message($"\"role\":\"user\",\"content\":{content}");

    private static string Parts(string parts) => Content($"{{\"content_type\":\"text\",\"parts\":{parts}}}");

    private static byte[] Padded(int size) => Encoding.ASCII.GetBytes(Of(Hello).PadRight(size));

    private async Task AssertRefusedAsync(string body, int status, string code, string? param)
    {
        var before = await Stored.InAsync(world.App);

        var answer = await world.SendAsync(HttpMethod.Post, SseWorld.Converse, body);

        Assert.Equal((status, code, param), SseWorld.RefusalOf(answer));
        Assert.Equal(before, await Stored.InAsync(world.App));
    }

    private async Task<(int Status, string? Code, string? Param)> RefusalAsync(JsonNode body) =>
        SseWorld.RefusalOf(await world.PostAsync(SseWorld.Converse, body));

    private async Task<(int Status, string? Code, string? Param)> WithKeyAsync(string body, string key)
    {
        var answer = await world.SendAsync(HttpMethod.Post, SseWorld.Converse, body, null, ("Idempotency-Key", key));
        return answer.Status is HttpStatusCode.OK ? (200, null, null) : SseWorld.RefusalOf(answer);
    }

    private Task<Answer> SendBytesAsync(
        byte[] body, bool chunked, string? type = "application/json", string? token = null, string path = SseWorld.Converse, string method = "POST")
    {
        var content = new ByteArrayContent(body);
        if (type is not null)
        {
            content.Headers.TryAddWithoutValidation("Content-Type", type);
        }

        return world.Client.SendAsync(
            new HttpMethod(method), path, content, token ?? world.Ada.Token, chunked ? [("Transfer-Encoding", "chunked")] : []);
    }
}
