using FsCheck;
using FsCheck.Fluent;
using HubChat.Tests.History.Simulation;
using Xunit;

namespace HubChat.Tests.History;

public sealed class HistoryPropertyTests
{
    // A failure prints the seed to replay it with.
    private static readonly Config Config = Config.QuickThrowOnFailure.WithMaxTest(300).WithEndSize(120);

    /// <summary>Scripts; a failing one shrinks to the steps that it needs.</summary>
    private static readonly Arbitrary<int[]> Scripts = Arb.From(
        Gen.Choose(0, 999_999).ArrayOf(),
        script => Enumerable.Range(0, script.Length).Select(step => script.Where((_, index) => index != step).ToArray()));

    public static TheoryData<string> Harms => [.. Harm.All.Select(harm => harm.Name)];

    [Fact]
    public void Good_runs_have_no_violations() =>
        Prop.ForAll(Scripts, script => Assert.Empty(RandomRun.From(script).Check())).Check(Config);

    [Theory]
    [MemberData(nameof(Harms))]
    public void Harmed_runs_are_flagged(string name)
    {
        var harm = Find(name);

        Prop.ForAll(Scripts, Gen.Choose(0, int.MaxValue).ToArbitrary(), (script, place) =>
        {
            var places = harm.Places(RandomRun.From(script)).ToArray();
            return places.Length == 0 || IsFlagged(harm, places[place % places.Length]());
        }).Check(Config);
    }

    [Theory]
    [MemberData(nameof(Harms))]
    public void Harm_is_flagged_wherever_it_is_done_to_the_good_run(string name)
    {
        var harm = Find(name);
        var places = harm.Places(GoodRun.Create()).ToArray();

        // A harm that finds no place proves nothing.
        Assert.NotEmpty(places);
        Assert.All(places, place => Assert.True(IsFlagged(harm, place())));
    }

    private static Harm Find(string name) => Harm.All.Single(harm => harm.Name == name);

    private static bool IsFlagged(Harm harm, SimulatedRun run) => run.Check().Any(violation => violation.Rule == harm.Rule);
}
