using System.Text.Json;
using HubChat.Server.Models;
using HubChat.Server.Models.Ollama;
using HubChat.Tests.Models.Fakes;
using Microsoft.Extensions.AI;
using Xunit;

namespace HubChat.Tests.Models.Ollama;

public sealed class OllamaChatClientTests : ChatClientFaultTests
{
    private static readonly byte[] Png = [1, 2, 3];

    private protected override int DataPrefix => 0;

    private protected override async Task<FakeUpstream> StartAsync() => await FakeOllama.StartAsync();

    private protected override IChatClient Connect(Uri server) => ModelClients.Ollama(server);

    [Fact]
    public async Task Request_holds_what_was_asked_and_how_the_model_runs()
    {
        using var client = ModelClients.Ollama(Fake.Address, new OllamaModelOptions(ContextTokens: 4096, KeepAlive: "30m"));
        await client.GetResponseAsync(
            [new(ChatRole.System, "Be brief."), new(ChatRole.User, "Grüezi"), new(ChatRole.Assistant, [new TextReasoningContent("Hm."), new TextContent("Hallo")]), new(ChatRole.User, "Again")],
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
              "model": "llama3.2:latest",
              "messages": [
                {"role": "system", "content": "Answer in German."},
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "Grüezi"},
                {"role": "assistant", "content": "Hallo"},
                {"role": "user", "content": "Again"}
              ],
              "stream": true,
              "options": {
                "temperature": 0.5, "top_p": 0.75, "top_k": 40, "seed": 7, "stop": ["END"], "num_predict": 100, "num_ctx": 4096,
                "presence_penalty": 0.25, "frequency_penalty": 0.5
              },
              "format": "json",
              "keep_alive": "30m"
            }
            """);
    }

    [Fact]
    public async Task Tools_and_their_results_are_sent()
    {
        var schema = JsonElement.Parse("""{"type":"object","properties":{"city":{"type":"string"}}}""");
        await Client.GetResponseAsync(
            [
                new(ChatRole.User, "Weather?"),
                new(ChatRole.Assistant, [new FunctionCallContent("c1", "weather", new Dictionary<string, object?> { ["city"] = "Bern" })]),
                new(ChatRole.Tool, [new FunctionResultContent("c1", new { degrees = 21 })]),
            ],
            new ChatOptions { Tools = [AIFunctionFactory.CreateDeclaration("weather", "Tells the weather.", schema)], ResponseFormat = ChatResponseFormat.ForJsonSchema(schema) },
            Token);

        AssertSent("""
            {
              "model": "llama3.2:latest",
              "messages": [
                {"role": "user", "content": "Weather?"},
                {"role": "assistant", "content": "", "tool_calls": [{"id": "c1", "function": {"name": "weather", "arguments": {"city": "Bern"}}}]},
                {"role": "tool", "content": "{\"degrees\":21}", "tool_name": "weather", "tool_call_id": "c1"}
              ],
              "stream": true,
              "format": {"type": "object", "properties": {"city": {"type": "string"}}},
              "tools": [{
                "type": "function",
                "function": {
                  "name": "weather", "description": "Tells the weather.",
                  "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}
                }
              }]
            }
            """);
    }

    [Fact]
    public async Task Images_are_sent_by_their_bytes()
    {
        await Client.GetResponseAsync([new(ChatRole.User, [new TextContent("What is this?"), new DataContent(Png, "image/png")])], cancellationToken: Token);

        Assert.Equal("""["AQID"]""", Fake.Requests[^1].Json.GetProperty("messages")[0].GetProperty("images").GetRawText());
    }

    [Fact]
    public async Task Image_by_address_is_refused_and_not_fetched()
    {
        var picture = new UriContent(new Uri(Fake.Address, "cat.png"), "image/png");

        var failure = await Assert.ThrowsAsync<ModelException>(
            () => Client.GetResponseAsync([new(ChatRole.User, [picture])], cancellationToken: Token));

        Assert.Equal(ModelException.Failed, failure.Code);
        Assert.Equal(0, Fake.AcceptedConnections);
    }

    [Theory]
    [InlineData(null, "true")]
    [InlineData(ReasoningEffort.None, "false")]
    [InlineData(ReasoningEffort.Low, "\"low\"")]
    [InlineData(ReasoningEffort.ExtraHigh, "\"high\"")]
    public async Task Model_that_thinks_is_told_how_much(ReasoningEffort? effort, string think)
    {
        using var client = ModelClients.Ollama(Fake.Address, new OllamaModelOptions(Thinks: true, KeepAlive: "-1"));
        await client.GetResponseAsync("Hello", new ChatOptions { Reasoning = new ReasoningOptions { Effort = effort } }, Token);

        var request = Fake.Requests[^1].Json;
        Assert.Equal((think, "-1"), (request.GetProperty("think").GetRawText(), request.GetProperty("keep_alive").GetRawText()));
    }

    [Theory]
    [InlineData("load")]
    [InlineData("unload")]
    [InlineData(null)]
    public async Task Done_is_done_for_whatever_reason(string? reason)
    {
        var heard = await HearAsync(answer => answer.Say("a").SendFrame(JsonSerializer.Serialize(new { done = true, done_reason = reason })));

        Assert.Equal(ChatFinishReason.Stop, heard.Whole().FinishReason);
    }

    [Fact]
    public async Task Reason_without_done_is_no_end() =>
        (await HearAsync(answer => answer.Say("a").SendFrame("""{"done":false,"done_reason":"stop"}"""))).Failed(text: "a");

    [Fact]
    public async Task Last_line_needs_no_line_end() =>
        Assert.Equal("b", (await HearAsync(answer => answer.Send("""{"message":{"content":"b"},"done":true,"done_reason":"stop"}"""))).Whole().Text);

    [Fact]
    public async Task Updates_tell_whose_they_are_and_when()
    {
        var heard = (await Client.HearAsync("Hello", Token)).Whole();

        Assert.Single(heard.Updates.Select(update => update.ResponseId).Distinct());
        Assert.All(heard.Updates, update => Assert.Equal((ChatRole.Assistant, OllamaProtocol.Model, 2026), (update.Role, update.ModelId, update.CreatedAt?.Year)));
    }

    [Fact]
    public async Task Model_that_is_not_there_is_unavailable()
    {
        Fake.Models.Clear();

        Assert.Equal(404, (await Client.HearAsync("Hello", Token)).Failed(ModelException.Unavailable).Status);
    }

    [Fact]
    public void Client_says_what_it_is_a_client_of()
    {
        var metadata = Client.GetService<ChatClientMetadata>()!;

        Assert.Equal(("ollama", OllamaProtocol.Model, Fake.Address), (metadata.ProviderName, metadata.DefaultModelId, metadata.ProviderUri));
    }

    private void AssertSent(string expected) =>
        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(expected), Fake.Requests[^1].Json), Fake.Requests[^1].Body);
}
