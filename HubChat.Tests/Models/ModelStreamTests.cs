using HubChat.Server.Models;
using HubChat.Tests.App;
using Microsoft.Extensions.AI;
using Xunit;

namespace HubChat.Tests.Models;

public sealed class ModelStreamTests : IDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly ModelTimers Timers = new(FirstToken: 10 * Second, Token: 5 * Second, Total: 60 * Second);

    private readonly ManualTimeProvider _time = new();
    private readonly ScriptedModel _model = new() { Hold = true };
    private readonly Upstream _upstream;

    public ModelStreamTests() => _upstream = new Upstream("custom", "http://127.0.0.1", maxRunning: 1, maxWaiting: 1, _time);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _model.Dispose();
        _upstream.Dispose();
    }

    [Fact]
    public async Task Timers_begin_when_it_is_the_models_turn()
    {
        var turn = await _upstream.EnterAsync(Token);
        await using var stream = Open();
        for (var i = 0; i < 10; i++)
        {
            Assert.Null(await AdvanceAsync(stream, 20 * Second));
        }

        turn.Dispose();
        var moving = stream.MoveNextAsync(Second, Token);
        var called = await _model.NextTurnAsync(Token);
        called.Say("Here.");

        Assert.True(await moving);
        Assert.Equal("Here.", stream.Current.Text);
    }

    [Fact]
    public async Task One_too_many_in_the_line_is_refused()
    {
        using var turn = await _upstream.EnterAsync(Token);
        await using var waiting = Open();
        Assert.Null(await AdvanceAsync(waiting, Second));
        await using var refused = Open();

        var failure = await Assert.ThrowsAsync<ModelException>(() => refused.MoveNextAsync(Second, Token));

        Assert.Equal("model_busy", failure.Code);
        Assert.Equal((1, 1), (_upstream.Running, _upstream.Waiting));
        Assert.Equal("model_busy", _upstream.LastFailure!.Code);
    }

    [Fact]
    public async Task Turn_is_given_back_however_it_ends()
    {
        foreach (var end in new Action<ScriptedTurn>[] { turn => turn.Finish(), turn => turn.Fail(new InvalidOperationException()), _ => { } })
        {
            await using (var stream = Open())
            {
                var moving = stream.MoveNextAsync(Second, Token);
                end(await _model.NextTurnAsync(Token));
                _time.Advance(Second);
                await Record.ExceptionAsync(() => moving);
                Assert.Equal(1, _upstream.Running);
            }

            await Eventually.HoldsAsync(() => _upstream.Running == 0, Token);
        }
    }

    [Fact]
    public async Task Answer_that_ends_without_saying_how_has_failed()
    {
        await using var stream = Open();
        var moving = stream.MoveNextAsync(Second, Token);
        var turn = await _model.NextTurnAsync(Token);
        turn.Say("So far");
        Assert.True(await moving);
        turn.End();

        var failure = await Assert.ThrowsAsync<ModelException>(() => stream.MoveNextAsync(Second, Token));

        Assert.Equal("model_error", failure.Code);
        Assert.Null(_upstream.LastSuccessAt);
    }

    [Fact]
    public async Task Empty_pieces_are_no_answer()
    {
        await using var stream = Open();
        var moving = stream.MoveNextAsync(Second, Token);
        var turn = await _model.NextTurnAsync(Token);
        turn.Say("");
        Assert.True(await moving);
        _time.Advance(10 * Second);
        turn.Say("");

        var failure = await Assert.ThrowsAsync<ModelException>(() => stream.MoveNextAsync(Second, Token));

        Assert.Equal("first_token_timeout", failure.Code);
    }

    [Fact]
    public async Task Thinking_is_progress()
    {
        await using var stream = Open();
        var moving = stream.MoveNextAsync(Second, Token);
        var turn = await _model.NextTurnAsync(Token);
        for (var i = 0; i < 6; i++)
        {
            turn.Send(new ChatResponseUpdate(ChatRole.Assistant, [new TextReasoningContent("Hm.")]));
            Assert.True(await moving);
            Assert.Equal("", stream.Current.Text);
            _time.Advance(4 * Second);
            moving = stream.MoveNextAsync(Second, Token);
        }

        _time.Advance(Second);
        var failure = await Assert.ThrowsAsync<ModelException>(() => moving);
        Assert.Equal("stalled", failure.Code);
    }

    [Fact]
    public async Task Figures_are_what_the_model_says_and_else_an_estimate_within_what_it_may_write()
    {
        await using var silent = Open(maxOutput: 4);
        var moving = silent.MoveNextAsync(Second, Token);
        var turn = await _model.NextTurnAsync(Token);
        Assert.True(silent.Figures is { IsEstimate: true, OutputTokens: 0, FirstToken: null });
        turn.Say(new string('x', 300));
        await moving;
        Assert.True(silent.Figures is { IsEstimate: true, InputTokens: > 0, OutputTokens: 4, FirstToken: not null });

        turn.Send(new ChatResponseUpdate { Contents = [new UsageContent(new UsageDetails { InputTokenCount = 7, OutputTokenCount = 3 })] });
        await silent.MoveNextAsync(Second, Token);
        Assert.True(silent.Figures is { IsEstimate: false, InputTokens: 7, OutputTokens: 3, CostNanos: 7 * 1_000 + 3 * 2_000 });

        // Nobody writes more than it may, nor reads more than it can.
        turn.Send(new ChatResponseUpdate { Contents = [new UsageContent(new UsageDetails { InputTokenCount = long.MaxValue, OutputTokenCount = long.MaxValue })] });
        await silent.MoveNextAsync(Second, Token);
        Assert.True(silent.Figures is { IsEstimate: false, InputTokens: 4_096, OutputTokens: 4 });
    }

    private ModelStream Open(int maxOutput = 100)
    {
        var model = new AssistantModel("scripted", _model, ContextTokens: 4_096, MaxOutputTokens: 100, WritesTitles: false)
        {
            Upstream = _upstream,
            Price = new ModelPrice(1, 2),
        };
        return new ModelStream(model, [new ChatMessage(ChatRole.User, "Hello")], new ChatOptions { MaxOutputTokens = maxOutput }, Timers, _time, Token);
    }

    /// <summary>One step, while time goes on.</summary>
    private async Task<bool?> AdvanceAsync(ModelStream stream, TimeSpan by)
    {
        var moving = stream.MoveNextAsync(Second, Token);
        await Eventually.HoldsAsync(() => moving.IsCompleted || _time.WaitingTimers > 0, Token);
        _time.Advance(by);
        return await moving;
    }
}
