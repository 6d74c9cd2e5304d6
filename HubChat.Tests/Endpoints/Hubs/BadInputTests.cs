using Xunit;

namespace HubChat.Tests.Endpoints.Hubs;

public sealed class BadInputTests(BadInputWorld world) : IClassFixture<BadInputWorld>
{
    public static TheoryData<string> Methods => [.. HubTemplates.All.Select(template => template.Method)];

    public static TheoryData<string, string, string> BadTexts
    {
        get
        {
            var bad = new (string Json, string Code)[]
            {
                ("\"\"", "text_empty"),
                ("\" \\n\\t\\u3000\\u2028\"", "text_empty"),
                ($"\"{new string('a', 32_001)}\"", "text_too_long"),
                ("\" \\u200b\\u200d\\u2060\\u00ad\\ufeff\\u202e\\u034f\\u3164\\ufe0f\\udb40\\udc20 \"", "text_empty"),
                ("\"a\\u0000b\"", "text_invalid"),
                ("\"a\\ud800b\"", "text_invalid"),
                ("\"a\\udc00\"", "text_invalid"),
                ("\"\\udc00\\ud800\"", "text_invalid"),
            };
            var data = new TheoryData<string, string, string>();
            foreach (var (json, code) in bad)
            {
                data.Add("PostMessage", $$"""[{"chatId":"$chat","text":{{json}},"clientMessageId":"bad"}]""", code);
                data.Add("Ask", $$"""[{"chatId":"$chat","text":{{json}},"clientMessageId":"bad"}]""", code);
                data.Add("EditMessage", $$"""[{"chatId":"$chat","messageId":"$message","text":{{json}},"clientMessageId":"bad"}]""", code);
                data.Add("RenameChat", $$"""[{"chatId":"$chat","title":{{json}}}]""", code);
                data.Add("CreateChat", $$"""[{"title":{{json}}}]""", code);
                if (json != "\"\"")
                {
                    data.Add("UpdateChatSettings", $$"""[{"chatId":"$chat","systemPrompt":{{json}}}]""", code);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task Arguments_that_do_not_fit_are_refused_and_change_nothing(string method)
    {
        var template = HubTemplates.All.Single(template => template.Method == method);
        var before = await world.StateAsync();
        var taken = new List<string>();

        foreach (var (fault, arguments) in template.Faults())
        {
            if (await world.CallAsync(method, arguments) is var code and not "invalid_request")
            {
                taken.Add($"{fault}: {code}");
            }
        }

        Assert.Empty(taken);
        Assert.Equal(before, await world.StateAsync());
    }

    [Theory]
    [MemberData(nameof(BadTexts))]
    [MemberData(nameof(BadValues.All), MemberType = typeof(BadValues))]
    public async Task Bad_value_is_refused_with_its_code_and_changes_nothing(string method, string arguments, string code)
    {
        var before = await world.StateAsync();

        Assert.Equal(code, await world.CallAsync(method, arguments));

        Assert.Equal(before, await world.StateAsync());
    }

    [Theory]
    [InlineData("GetMessages", """[{"chatId":"$chat","afterSeq":9223372036854775807}]""")]
    [InlineData("UnwatchChat", """["$missing"]""")]
    [InlineData("StopGeneration", """["$generation"]""")]
    public async Task Value_that_means_nothing_changes_nothing(string method, string arguments)
    {
        var before = await world.StateAsync();

        Assert.Equal("ok", await world.CallAsync(method, arguments));

        Assert.Equal(before, await world.StateAsync());
    }

    [Theory]
    [InlineData(33)]
    [InlineData(64)]
    [InlineData(10_000)]
    public async Task Deep_nesting_is_refused(int levels)
    {
        var before = await world.StateAsync();
        var nested = new string('[', levels) + new string(']', levels);

        Assert.Equal("invalid_request", await world.CallAsync("PostMessage", $"[{nested}]"));
        Assert.Equal(
            "invalid_request", await world.CallAsync("PostMessage", $$"""[{"chatId":"$chat","text":"a","clientMessageId":"bad","x":{{nested}}}]"""));
        Assert.Equal("invalid_request", await world.CallAsync("Ask", $"[{nested}]"));
        Assert.Equal("closed", await world.SendAsync(nested, ""));

        Assert.Equal("ok", await world.CallAsync("GetChat", """["$chat"]"""));
        Assert.Equal(before, await world.StateAsync());
    }

    [Theory]
    [InlineData("""{"type":1,"invocationId":"raw","target":"PostMessage","arguments":[],"arguments":[ARGUMENT]}""")]
    [InlineData("""{"type":1,"invocationId":"raw","target":"PostMessage","arguments":[ARGUMENT],"\u0061rguments":[ARGUMENT]}""")]
    [InlineData("""{"type":1,"target":"GetChat","invocationId":"raw","target":"PostMessage","arguments":[ARGUMENT]}""")]
    [InlineData("""{"type":1,"type":1,"invocationId":"raw","target":"PostMessage","arguments":[ARGUMENT]}""")]
    [InlineData("""{"type":4,"invocationId":"other","invocationId":"raw","target":"Ask","arguments":[ARGUMENT]}""")]
    public async Task Repeated_member_of_the_envelope_is_refused(string message)
    {
        var before = await world.StateAsync();
        var argument = $$"""{"chatId":"{{world.IdOf("$chat")}}","text":"a","clientMessageId":"bad"}""";

        Assert.Equal("invalid_request", await world.SendAsync(message.Replace("ARGUMENT", argument, StringComparison.Ordinal), "raw"));

        Assert.Equal("ok", await world.CallAsync("GetChat", """["$chat"]"""));
        Assert.Equal(before, await world.StateAsync());
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("\"type\"")]
    [InlineData("{\"type\":\"1\"}")]
    [InlineData("{\"type\":1}")]
    [InlineData("not JSON")]
    [InlineData("{\"type\":1,\"target\":\"GetChat\",\"arguments\":[\"\u0000\"]}")]
    public async Task What_is_no_message_closes_the_connection_at_most(string message)
    {
        // A close is said (type 7); what SignalR ignores is answered by nothing, so a ping of ours ends the wait.
        Assert.Equal("closed", await world.SendAsync(message + '\u001e' + "not JSON", ""));

        Assert.Equal("ok", await world.CallAsync("GetChat", """["$chat"]"""));
    }
}
