using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace HubChat.Tests.Endpoints.Sse;

/// <summary>However a model cuts what it says, and however it ends: the frames follow the grammar and hold exactly what is stored.</summary>
public sealed class FrameProperties(FrameProperties.World world) : IClassFixture<FrameProperties.World>
{
    private const string Grammar = "^ETIA(Mp+)?F(e)?CD$";
    private static readonly Config Enough = Config.QuickThrowOnFailure.WithMaxTest(150).WithEndSize(40);
    private static readonly string[] Ends = ["finished_successfully", "finished_partial_completion", "interrupted", "failed"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    // Halves of pairs too, that meet or do not.
    private static Arbitrary<(string[] Pieces, string Status)> Answers
    {
        get
        {
            var piece = Gen.OneOf(
                Gen.Elements("", " ", "\n", "\r\n\r\n", "data: [DONE]\n\n", "\ud83d", "\ude00", "\ud83d\ude00", "a\ud83d", "\ude00b", "\u0000", "\ufeff", "é"),
                Gen.Choose(0x20, 0x7E).ListOf().Select(codes => string.Concat(codes.Select(code => (char)code))));
            return piece.ListOf().Zip(Gen.Elements(Ends)).Select(pair => (pair.Item1.ToArray(), pair.Item2)).ToArbitrary();
        }
    }

    [Fact]
    public void Any_answer_follows_the_grammar_and_is_stored_as_it_was_told() => Prop.ForAll(Answers, AssertToldAsync).Check(Enough);

    private async Task AssertToldAsync((string[] Pieces, string Status) answer)
    {
        var (turn, stream) = await world.BeginAsync(SseWorld.Question("Hello"));
        await using var reading = stream;
        foreach (var piece in answer.Pieces)
        {
            turn.Say(piece);
        }

        var frames = await reading.UntilAsync('A', Token);
        await world.EndAsync(turn, answer.Status, SseWorld.ConversationOf(frames));
        frames.AddRange(await reading.RestAsync(Token));

        Assert.Matches(Grammar, SseWorld.KindsOf(frames));
        Assert.All(frames, frame => Assert.DoesNotContain('\n', frame.Data));
        Assert.All(frames.Where(frame => frame.Kind == 'p'), frame => Assert.True(frame.Text.Length > 0 && IsWhole(frame.Text)));
        Assert.Equal(SseWorld.StatusOf(frames) == "failed", frames.Exists(frame => frame.Kind == 'e'));

        var stored = await world.MessageAsync(SseWorld.ConversationOf(frames), SseWorld.ReplyOf(frames));
        Assert.Equal(SseWorld.TextOf(frames), stored.GetProperty("content").GetProperty("parts")[0].GetString());
        Assert.Equal(SseWorld.StatusOf(frames), stored.GetProperty("status").GetString());

        await using var again = await world.ResumeAsync(frames, 0);
        Assert.Equal(frames.Select(frame => frame.Raw), (await again.RestAsync(Token)).Select(frame => frame.Raw));
    }

    private static bool IsWhole(string text) => text.EnumerateRunes().Sum(rune => rune.Utf16SequenceLength) == text.Length
        && !text.Where((unit, at) => char.IsHighSurrogate(unit) && (at + 1 == text.Length || !char.IsLowSurrogate(text[at + 1]))).Any()
        && !char.IsLowSurrogate(text[0]);

    /// <summary>A server that joins nothing: each piece that can be shown is an append.</summary>
    public sealed class World() : SseWorld(new Dictionary<string, string> { ["Generation:DeltaWindow"] = "00:00:00" });
}
