using System.Diagnostics;
using HubChat.Tests.Models.Fakes;
using Microsoft.Extensions.AI;
using Xunit;

namespace HubChat.Tests.Models;

/// <summary>F26, F27 and F31 where they come in: a stop is heard at once, here and at the model's server, whatever the model is doing.</summary>
public sealed class ChatClientStopTests
{
    private static readonly TimeSpan Prompt = TimeSpan.FromSeconds(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("ollama")]
    [InlineData("openai")]
    public Task Stop_before_the_headers_reaches_the_server(string kind) => StopAsync(kind, answer => answer.Stall(), pieces: 0, isSilent: true);

    [Theory]
    [InlineData("ollama")]
    [InlineData("openai")]
    public Task Stop_before_the_first_piece_reaches_the_server(string kind) => StopAsync(kind, answer => answer.SendHeaders().Stall(), pieces: 0, isSilent: true);

    [Theory]
    [InlineData("ollama")]
    [InlineData("openai")]
    public Task Stop_while_the_model_is_silent_reaches_the_server(string kind) => StopAsync(kind, answer => answer.SayLive(), pieces: 3, isSilent: true);

    [Theory]
    [InlineData("ollama")]
    [InlineData("openai")]
    public Task Stop_between_pieces_reaches_the_server(string kind) => StopAsync(kind, answer => answer.SayLive(), pieces: 3, isSilent: false);

    [Theory]
    [InlineData("ollama")]
    [InlineData("openai")]
    public async Task Reader_that_leaves_is_a_stop(string kind)
    {
        await using var fake = await StartAsync(kind);
        using var client = Connect(kind, fake);
        fake.Script(answer => answer.SayLive());
        var updates = client.GetStreamingResponseAsync("Hello", cancellationToken: Token).GetAsyncEnumerator(Token);
        var first = updates.MoveNextAsync();
        var request = await fake.NextRequestAsync(Token);
        request.Say("One ");
        Assert.True(await first);

        var leftAt = Stopwatch.GetTimestamp();
        await updates.DisposeAsync();

        await request.WhenAborted.WaitAsync(Token);
        Assert.InRange(Stopwatch.GetElapsedTime(leftAt, request.AbortedAt), TimeSpan.Zero, Prompt);
        Assert.Equal(1, request.PiecesSent);
    }

    [Theory]
    [InlineData("ollama")]
    [InlineData("openai")]
    public async Task Hundred_stops_of_a_server_that_ignores_them_leave_nothing_behind(string kind)
    {
        await using var fake = await StartAsync(kind);
        using var client = Connect(kind, fake);
        for (var stopped = 0; stopped < 100; stopped++)
        {
            fake.Script(answer => answer.SayRegardless("And so on ", 200));
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            {
                await foreach (var update in client.GetStreamingResponseAsync("Hello", cancellationToken: stop.Token))
                {
                    await stop.CancelAsync();
                }
            });
        }

        await Task.WhenAll(fake.Requests.Select(request => request.WhenAnswered)).WaitAsync(Token);
        Assert.All(fake.Requests, request => Assert.Equal(200, request.PiecesSent));
        await Eventually.HoldsAsync(() => fake.OpenConnections == 0, Token);
    }

    [Theory]
    [InlineData("ollama")]
    [InlineData("openai")]
    public async Task Endless_answer_ends_with_its_reader(string kind)
    {
        await using var fake = await StartAsync(kind);
        using var client = Connect(kind, fake);
        fake.Script(answer => answer.SayEndlessly("and so on "));
        await foreach (var update in client.GetStreamingResponseAsync("Hello", cancellationToken: Token).Take(1_000).WithCancellation(Token))
        {
            Assert.Equal("and so on ", update.Text);
        }

        var request = await fake.NextRequestAsync(Token);
        await request.WhenAborted.WaitAsync(Token);
        await request.WhenAnswered.WaitAsync(Token);
    }

    [Theory]
    [InlineData("ollama")]
    [InlineData("openai")]
    public async Task Server_that_stays_after_the_end_does_not_hold_up_the_answer(string kind)
    {
        await using var fake = await StartAsync(kind);
        using var client = Connect(kind, fake);
        fake.Script(answer => answer.Say("Yes.").Done().Stall());

        Assert.Equal("Yes.", (await client.HearAsync("Hello", Token)).Whole().Text);
        await (await fake.NextRequestAsync(Token)).WhenAborted.WaitAsync(Token);
    }

    [Theory]
    [InlineData("ollama")]
    [InlineData("openai")]
    public async Task Stop_before_the_question_asks_nothing(string kind)
    {
        await using var fake = await StartAsync(kind);
        using var client = Connect(kind, fake);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.HearAsync("Hello", new CancellationToken(canceled: true)));

        Assert.Empty(fake.Requests);
    }

    private static async Task StopAsync(string kind, Action<FakeAnswer> script, int pieces, bool isSilent)
    {
        await using var fake = await StartAsync(kind);
        using var client = Connect(kind, fake);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        fake.Script(script);
        await using var updates = client.GetStreamingResponseAsync("Hello", cancellationToken: stop.Token).GetAsyncEnumerator(stop.Token);
        var next = updates.MoveNextAsync().AsTask();
        var request = await fake.NextRequestAsync(Token);
        for (var said = 0; said < pieces; said++)
        {
            request.Say("Well, ");
            Assert.True(await next);
            next = said + 1 < pieces || isSilent ? updates.MoveNextAsync().AsTask() : Task.FromResult(true);
        }

        var stoppedAt = Stopwatch.GetTimestamp();
        await stop.CancelAsync();
        var stopped = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => isSilent ? next : updates.MoveNextAsync().AsTask());

        Assert.Equal(stop.Token, stopped.CancellationToken);
        await request.WhenAborted.WaitAsync(Token);
        Assert.InRange(Stopwatch.GetElapsedTime(stoppedAt, request.AbortedAt), TimeSpan.Zero, Prompt);
        Assert.Equal(pieces, request.PiecesSent);
    }

    private static async Task<FakeUpstream> StartAsync(string kind) => kind == "ollama" ? await FakeOllama.StartAsync() : await FakeOpenAI.StartAsync();

    private static IChatClient Connect(string kind, FakeUpstream fake) =>
        kind == "ollama" ? ModelClients.Ollama(fake.Address) : ModelClients.OpenAI(new Uri(fake.Address, "v1"));
}
