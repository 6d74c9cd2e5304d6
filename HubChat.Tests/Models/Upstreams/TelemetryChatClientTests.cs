using System.Diagnostics;
using HubChat.Server.Models;
using HubChat.Server.Models.Upstreams;
using HubChat.Tests.Models.Fakes;
using Microsoft.Extensions.AI;
using Xunit;

namespace HubChat.Tests.Models.Upstreams;

public sealed class TelemetryChatClientTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Call_is_a_span_with_its_attributes()
    {
        await using var fake = await FakeOpenAI.StartAsync();
        using var told = new RecordedTelemetry(fake.Address.Port);
        using var client = Connect(fake, TimeProvider.System);
        await client.GetStreamingResponseAsync("Hello", new ChatOptions { Temperature = 0.5f, MaxOutputTokens = 9 }, Token).ToListAsync(Token);

        var span = Assert.Single(told.Spans);
        Assert.Equal(($"chat {OpenAIProtocol.Model}", ActivityKind.Client), (span.DisplayName, span.Kind));
        Assert.Equal(ActivityStatusCode.Unset, span.Status);
        AssertTag(span, "gen_ai.operation.name", "chat");
        AssertTag(span, "gen_ai.provider.name", "openai");
        AssertTag(span, "gen_ai.request.model", OpenAIProtocol.Model);
        AssertTag(span, "gen_ai.request.temperature", 0.5f);
        AssertTag(span, "gen_ai.request.max_tokens", 9);
        AssertTag(span, "gen_ai.request.stream", true);
        AssertTag(span, "gen_ai.response.id", OpenAIProtocol.Id);
        AssertTag(span, "gen_ai.response.model", OpenAIProtocol.Model);
        AssertTag(span, "gen_ai.usage.input_tokens", 1L);
        AssertTag(span, "gen_ai.usage.output_tokens", 3L);
        AssertTag(span, "server.address", "127.0.0.1");
        Assert.Equal(["stop"], Assert.IsType<string[]>(span.GetTagItem("gen_ai.response.finish_reasons")));
        Assert.NotNull(span.GetTagItem("gen_ai.response.time_to_first_chunk"));
        Assert.Null(span.GetTagItem("gen_ai.request.seed"));
    }

    [Fact]
    public async Task Times_and_tokens_are_measured()
    {
        await using var fake = await FakeOllama.StartAsync();
        using var told = new RecordedTelemetry(fake.Address.Port);
        var time = new ManualTimeProvider();
        using var client = new TelemetryChatClient(ModelClients.Ollama(fake.Address), time);
        fake.Script(answer => answer.SayLive().Done());
        await using var updates = client.GetStreamingResponseAsync("Hello", cancellationToken: Token).GetAsyncEnumerator(Token);
        foreach (var seconds in new[] { 2, 1, 3 })
        {
            var next = updates.MoveNextAsync();
            var request = fake.Requests is [.., var last] ? last : await fake.NextRequestAsync(Token);
            time.Advance(TimeSpan.FromSeconds(seconds));
            request.Say("Well, ");
            Assert.True(await next);
        }

        fake.Requests[0].EndLive();
        Assert.True(await updates.MoveNextAsync());
        Assert.False(await updates.MoveNextAsync());

        Assert.Equal([2], told.Values("gen_ai.client.operation.time_to_first_chunk"));
        Assert.Equal([1, 3, 0], told.Values("gen_ai.client.operation.time_per_output_chunk"));
        Assert.Equal([6], told.Values("gen_ai.client.operation.duration"));
        Assert.Equal(
            [("input", 1), ("output", 3)],
            told.Measurements.Where(measured => measured.Name == "gen_ai.client.token.usage").Select(measured => ((string)measured.Tags["gen_ai.token.type"]!, measured.Value)));
    }

    [Fact]
    public async Task Failure_is_told_by_its_code()
    {
        await using var fake = await FakeOpenAI.StartAsync();
        using var told = new RecordedTelemetry(fake.Address.Port);
        using var client = Connect(fake, TimeProvider.System);
        fake.Script(answer => answer.Fail(503, "busy"));
        await Assert.ThrowsAsync<ModelException>(() => client.GetResponseAsync("Hello", cancellationToken: Token));
        fake.Script(answer => answer.Say("a").BreakOff());
        (await client.HearAsync("Hello", Token)).Failed(text: "a");

        Assert.Equal([ModelException.Busy, ModelException.Failed], told.Spans.Select(span => span.GetTagItem("error.type")));
        Assert.All(told.Spans, span => Assert.Equal(ActivityStatusCode.Error, span.Status));
        Assert.Equal(
            [ModelException.Busy, ModelException.Failed],
            told.Measurements.Where(measured => measured.Name == "gen_ai.client.operation.duration").Select(measured => measured.Tags["error.type"]));
    }

    [Fact]
    public async Task Answer_at_once_is_measured_too()
    {
        await using var fake = await FakeOpenAI.StartAsync();
        using var told = new RecordedTelemetry(fake.Address.Port);
        using var client = Connect(fake, TimeProvider.System);
        await client.GetResponseAsync("Hello", cancellationToken: Token);

        Assert.Equal([1, 3], told.Values("gen_ai.client.token.usage"));
        AssertTag(Assert.Single(told.Spans), "gen_ai.request.stream", false);
    }

    [Fact]
    public async Task Reader_that_leaves_ends_the_span()
    {
        await using var fake = await FakeOpenAI.StartAsync();
        using var told = new RecordedTelemetry(fake.Address.Port);
        using var client = Connect(fake, TimeProvider.System);
        fake.Script(answer => answer.Say("a").Stall());
        await foreach (var update in client.GetStreamingResponseAsync("Hello", cancellationToken: Token))
        {
            break;
        }

        Assert.Null(Assert.Single(told.Spans).GetTagItem("error.type"));
    }

    private static TelemetryChatClient Connect(FakeOpenAI fake, TimeProvider time) => new(ModelClients.OpenAI(fake.BaseAddress), time);

    private static void AssertTag(Activity span, string name, object value) => Assert.Equal(value, span.GetTagItem(name));
}
