using System.Runtime.CompilerServices;
using HubChat.Server.Models;
using HubChat.Server.Models.Upstreams;
using HubChat.Tests.Models.Fakes;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace HubChat.Tests.Models.Upstreams;

/// <summary>F25: who was turned away comes again, a few times, and only as long as nothing was seen.</summary>
public sealed class RetryingChatClientTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _time = new();
    private FakeOllama? _fake;
    private RetryingChatClient? _client;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private FakeOllama Fake => _fake!;

    private RetryingChatClient Client => _client!;

    public async ValueTask InitializeAsync()
    {
        _fake = await FakeOllama.StartAsync();
        _client = new RetryingChatClient(ModelClients.Ollama(_fake.Address), _time, NullLogger<RetryingChatClient>.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        await Fake.DisposeAsync();
    }

    [Theory]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(429)]
    public async Task Busy_server_is_asked_again(int status)
    {
        Script(2, answer => answer.Fail(status, "busy"));
        var hearing = Client.HearAsync("Hello", Token);
        await PauseAsync(0.75);
        await PauseAsync(1.5);

        Assert.Equal("You said: Hello", (await hearing).Whole().Text);
        Assert.Equal(3, Fake.Requests.Count);
    }

    [Fact]
    public async Task Third_failure_is_the_answer()
    {
        Script(3, answer => answer.Fail(503, "busy"));
        var hearing = Client.HearAsync("Hello", Token);
        await PauseAsync(0.75);
        await PauseAsync(1.5);

        Assert.Equal(503, (await hearing).Failed(ModelException.Busy).Status);
        Assert.Equal(3, Fake.Requests.Count);
    }

    [Fact]
    public async Task Answer_at_once_is_asked_for_again_too()
    {
        Script(1, answer => answer.Say("half").BreakOff());
        Script(2, answer => answer.Fail(503, "busy"));
        await Assert.ThrowsAsync<ModelException>(() => Client.GetResponseAsync("Hello", cancellationToken: Token));

        var asking = Client.GetResponseAsync("Hello", cancellationToken: Token);
        await PauseAsync(0.75);
        await PauseAsync(1.5);

        Assert.Equal("You said: Hello", (await asking).Text);
        Assert.Equal(4, Fake.Requests.Count);
    }

    [Fact]
    public async Task Time_to_come_back_is_kept_to()
    {
        Script(1, answer => answer.Header("Retry-After", "9").Fail(429, "slow down"));
        var hearing = Client.HearAsync("Hello", Token);
        await WaitForPauseAsync();
        _time.Advance(TimeSpan.FromSeconds(8.9));
        Assert.Equal(1, _time.WaitingTimers);
        _time.Advance(TimeSpan.FromSeconds(0.1));

        Assert.Equal("You said: Hello", (await hearing).Whole().Text);
    }

    [Fact]
    public async Task Back_off_grows_and_is_never_shorter_than_half()
    {
        Script(2, answer => answer.Fail(503, "busy"));
        var hearing = Client.HearAsync("Hello", Token);
        foreach (var middle in new[] { 0.5, 1 })
        {
            await WaitForPauseAsync();
            var pause = _time.UntilNextTimer!.Value;
            Assert.InRange(pause, TimeSpan.FromSeconds(middle / 2), TimeSpan.FromSeconds(middle * 1.5));
            _time.Advance(pause);
        }

        (await hearing).Whole();
    }

    [Fact]
    public async Task Server_that_asks_for_too_long_a_wait_is_not_asked_again()
    {
        Script(1, answer => answer.Header("Retry-After", "11").Fail(503, "busy"));

        Assert.Equal(TimeSpan.FromSeconds(11), (await HearWithoutPauseAsync(Client)).Failed(ModelException.Busy).RetryAfter);
        Assert.Single(Fake.Requests);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(404)]
    public async Task Request_that_is_wrong_stays_wrong(int status)
    {
        Script(1, answer => answer.Fail(status, "no"));

        Assert.Equal(status, Assert.IsType<ModelException>((await HearWithoutPauseAsync(Client)).Failure).Status);
        Assert.Single(Fake.Requests);
    }

    [Theory]
    [InlineData("text")]
    [InlineData("reasoning")]
    [InlineData("tool")]
    public async Task Nothing_is_asked_again_once_something_was_seen(string what)
    {
        var failure = new ModelException(ModelException.Failed, "broke") { IsTransient = true };
        AIContent seen = what switch
        {
            "text" => new TextContent("a"),
            "reasoning" => new TextReasoningContent("a"),
            _ => new FunctionCallContent("c", "f"),
        };
        using var inner = new BreakingClient(failure, new ChatResponseUpdate(ChatRole.Assistant, [seen]));
        using var client = new RetryingChatClient(inner, _time, NullLogger<RetryingChatClient>.Instance);

        Assert.Same(failure, (await HearWithoutPauseAsync(client)).Failure);
        Assert.Equal(1, inner.Calls);
    }

    [Fact]
    public async Task What_nobody_sees_does_not_count_as_seen()
    {
        var failure = new ModelException(ModelException.Failed, "broke") { IsTransient = true };
        using var inner = new BreakingClient(failure, new ChatResponseUpdate(ChatRole.Assistant, ""));
        using var client = new RetryingChatClient(inner, _time, NullLogger<RetryingChatClient>.Instance);
        var hearing = client.HearAsync("Hello", Token);
        await PauseAsync(0.75);
        await PauseAsync(1.5);

        Assert.Same(failure, (await hearing).Failure);
        Assert.Equal(3, inner.Calls);
    }

    [Fact]
    public async Task Stop_ends_the_pause()
    {
        Script(1, answer => answer.Fail(503, "busy"));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var hearing = Client.HearAsync("Hello", stop.Token);
        await WaitForPauseAsync();
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => hearing);
        Assert.Single(Fake.Requests);
    }

    /// <summary>Asks, and fails where it pauses.</summary>
    private async Task<HeardAnswer> HearWithoutPauseAsync(IChatClient client)
    {
        var hearing = client.HearAsync("Hello", Token);
        await Eventually.HoldsAsync(() => hearing.IsCompleted || _time.WaitingTimers > 0, Token);
        Assert.Equal(0, _time.WaitingTimers);
        return await hearing;
    }

    private void Script(int times, Action<FakeAnswer> script)
    {
        for (var scripted = 0; scripted < times; scripted++)
        {
            Fake.Script(script);
        }
    }

    /// <summary>Waits until it pauses, and lets the longest pause pass.</summary>
    private async Task PauseAsync(double longest)
    {
        await WaitForPauseAsync();
        _time.Advance(TimeSpan.FromSeconds(longest));
    }

    private Task WaitForPauseAsync() => Eventually.HoldsAsync(() => _time.WaitingTimers == 1, Token);

    private sealed class BreakingClient(ModelException failure, ChatResponseUpdate first) : IChatClient
    {
        public int Calls { get; private set; }

        public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            Calls++;
            yield return first;
            await Task.CompletedTask;
            throw failure;
        }

        public Task<ChatResponse> GetResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) => throw failure;

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }
    }
}
