using System.Net;
using HubChat.Server.Models;
using HubChat.Server.Models.Ollama;
using HubChat.Tests.Models.Fakes;
using Xunit;

namespace HubChat.Tests.Models.Ollama;

public sealed class OllamaServerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Server_tells_its_version_and_its_models()
    {
        await using var fake = await FakeOllama.StartAsync();
        fake.Models.Add(new FakeModel("qwen3:8b", 40_960, "completion", "thinking"));
        var server = Connect(fake.Address);

        Assert.Equal("0.21.0", await server.GetVersionAsync(Token));
        Assert.Equal([OllamaProtocol.Model, "qwen3:8b"], (await server.GetModelsAsync(Token)).Select(model => model.Name));
    }

    [Fact]
    public async Task Server_tells_how_much_a_model_reads_and_what_it_can_do()
    {
        await using var fake = await FakeOllama.StartAsync();
        fake.Models.Add(new FakeModel("qwen3:8b", 40_960, "completion", "thinking"));
        var server = Connect(fake.Address);

        var details = await server.GetDetailsAsync("qwen3:8b", Token);

        Assert.Equal((40_960, true), (details.ContextTokens, details.Thinks));
        Assert.False((await server.GetDetailsAsync(OllamaProtocol.Model, Token)).Thinks);
    }

    [Fact]
    public async Task Model_that_is_not_there_has_no_details()
    {
        await using var fake = await FakeOllama.StartAsync();

        var failure = await Assert.ThrowsAsync<ModelException>(() => Connect(fake.Address).GetDetailsAsync("none", Token));

        Assert.Equal((ModelException.Unavailable, 404), (failure.Code, failure.Status));
    }

    [Fact]
    public async Task Another_server_is_no_ollama()
    {
        await using var other = await FakeOpenAI.StartAsync();

        var failure = await Assert.ThrowsAsync<ModelException>(() => Connect(other.Address).GetVersionAsync(Token));

        Assert.Equal((ModelException.Unavailable, 404), (failure.Code, failure.Status));
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>")]
    [InlineData("[]")]
    [InlineData("""{"models":"all"}""")]
    public async Task Answer_that_cannot_be_read_is_a_failure(string body)
    {
        var server = Answering(body);

        Assert.Equal(ModelException.Failed, (await Assert.ThrowsAsync<ModelException>(() => server.GetModelsAsync(Token))).Code);
        Assert.Equal(ModelException.Failed, (await Assert.ThrowsAsync<ModelException>(() => server.GetVersionAsync(Token))).Code);
    }

    [Fact]
    public async Task Models_are_bounded_and_strange_names_are_left_out()
    {
        var many = string.Join(',', Enumerable.Range(0, 5_000).Select(number => $$"""{"name":"m{{number}}"}"""));

        var models = await Answering($$"""{"models":[{"name":"<b>"},{"name":7},3,{"model":"a b"},{{many}}]}""").GetModelsAsync(Token);

        Assert.Equal((1_000, "m0"), (models.Count, models[0].Name));
    }

    [Theory]
    [InlineData("""{"model_info":{"x.context_length":"many"}}""")]
    [InlineData("""{"model_info":{"x.context_length":-1}}""")]
    [InlineData("""{"model_info":{"x.context_length":99999999999}}""")]
    [InlineData("""{"model_info":[],"capabilities":{"a":1}}""")]
    [InlineData("{}")]
    public async Task Details_that_make_no_sense_are_left_out(string body)
    {
        var details = await Answering(body).GetDetailsAsync("m", Token);

        Assert.Null(details.ContextTokens);
        Assert.Empty(details.Capabilities);
    }

    [Fact]
    public async Task Caller_says_how_long_it_may_take()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Answering("{}").GetModelsAsync(stop.Token));
    }

    private static OllamaServer Connect(Uri server)
    {
        var address = ModelClients.Parse(server.AbsoluteUri);
        return new OllamaServer(ModelClients.Http(address), address, TimeProvider.System);
    }

    private static OllamaServer Answering(string body) =>
        new(new HttpClient(new OneAnswer(body)), ModelClients.Parse("http://models.example"), TimeProvider.System);

    private sealed class OneAnswer(string body) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(body) });
        }
    }
}
