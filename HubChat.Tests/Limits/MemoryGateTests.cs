using HubChat.Server.Limits;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Xunit;

namespace HubChat.Tests.Limits;

public sealed class MemoryGateTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task As_many_answers_are_made_as_there_is_memory_for_and_the_next_one_waits()
    {
        using var gate = Gate(new MemoryOptions { BytesPerAnswer = 1L << 40, TightAtPercent = 95 });
        var first = await gate.EnterAsync(Token);
        using var second = await gate.EnterAsync(Token);
        var third = gate.EnterAsync(Token);
        Assert.False(third.IsCompleted);

        // Twice: when it was written, and when its connection ends.
        first!.Dispose();
        first.Dispose();

        using var admitted = await third;
        var fourth = gate.EnterAsync(Token);
        Assert.False(fourth.IsCompleted);
        second!.Dispose();
        (await fourth)!.Dispose();
    }

    [Fact]
    public async Task Nothing_is_made_while_memory_is_short_and_nobody_is_kept_waiting()
    {
        using var gate = Gate(new MemoryOptions { BytesPerAnswer = 1L << 40, TightAtPercent = 0 });

        for (var i = 0; i < 5; i++)
        {
            Assert.Null(await gate.EnterAsync(Token));
        }

        Assert.True(gate.IsTight);
    }

    [Theory]
    [InlineData(9, 1L << 25)]
    [InlineData(96, 1L << 25)]
    [InlineData(60, 1L << 19)]
    public void Settings_have_bounds(int tightAtPercent, long bytesPerAnswer) => Assert.True(
        new MemoryOptionsValidator().Validate(null, new MemoryOptions { TightAtPercent = tightAtPercent, BytesPerAnswer = bytesPerAnswer }).Failed);

    private static MemoryGate Gate(MemoryOptions options) => new(Options.Create(options), TimeProvider.System, NullLogger<MemoryGate>.Instance);
}
