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
        var harm = Harm.All.Single(one => one.Name == name);
        var harmed = 0;

        Prop.ForAll(Scripts, Gen.Choose(0, int.MaxValue).ToArbitrary(), (script, place) =>
        {
            var places = harm.Places(RandomRun.From(script)).ToArray();
            if (places.Length == 0)
            {
                return true;
            }

            harmed++;
            return places[place % places.Length]().Check().Any(violation => violation.Rule == harm.Rule);
        }).Check(Config.WithMaxTest(100));

        // A harm that finds no place proves nothing.
        Assert.InRange(harmed, 20, int.MaxValue);
    }
}
