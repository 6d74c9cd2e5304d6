using System.Globalization;
using HubChat.Tests.Faults;
using HubChat.Tests.History;
using Xunit;

namespace HubChat.Tests.Cluster;

/// <summary>Nodes and Redis are killed again and again under load, and no promise is broken. <c>scripts/chaos.sh</c> is the long form.</summary>
public sealed class ChaosRun
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public Task Nodes_and_Redis_die_again_and_again_and_no_promise_is_broken() => RunAsync(ChaosPlan.FromEnvironment());

    [Fact]
    public Task Nodes_and_Redis_die_for_a_moment_and_no_promise_is_broken() =>
        RunAsync(new ChaosPlan { Length = TimeSpan.FromSeconds(12), Nodes = 2, Clients = 8, Chats = 4 });

    private static async Task RunAsync(ChaosPlan plan)
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"{plan}");
        await using var cluster = await NodeCluster.StartAsync(
            plan.Nodes, Token, redisKeepsData: true, settings: ("Assistant__DemoWordsPerSecond", "15"));
        await using var run = new RecordedRun();
        var crowd = await ChaosCrowd.GatherAsync(cluster, run, plan, Token);
        var killer = new ChaosKiller(cluster, plan);

        var talk = crowd.TalkAsync(Token);
        await killer.RunAsync(Token);
        crowd.End();
        await talk;
        var (final, violations) = await run.JudgeAsync(cluster.Database, Token);

        var report = await ReportAsync(cluster, plan, killer, run, final, violations);
        TestContext.Current.TestOutputHelper?.WriteLine(report);
        if (plan.Report is { } path)
        {
            await File.WriteAllTextAsync(path, report, Token);
        }

        run.AssertClean(final, violations);
    }

    private static async Task<string> ReportAsync(
        NodeCluster cluster, ChaosPlan plan, ChaosKiller killer, RecordedRun run, FinalState final, IReadOnlyList<Violation> violations)
    {
        var generations = await StoredState.GenerationsAsync(cluster.Database, Token);
        var sends = run.History.Records.Where(record => record.Kind == RecordKind.Send).ToList();
        var lines = new List<string>
        {
            $"{plan}",
            Line("messages sent", sends.DistinctBy(send => (send.Chat, send.User, send.ClientMsgId)).Count()),
            Line("messages acknowledged", sends.Where(send => send.Outcome == Outcome.Ok).DistinctBy(send => (send.Chat, send.User, send.ClientMsgId)).Count()),
            Line("sends repeated", sends.Count(send => send.Outcome is Outcome.Unknown or Outcome.Fail)),
            Line("deltas received", run.History.Records.Count(record => record.Kind == RecordKind.Delta)),
            Line("nodes killed", killer.NodesKilled),
            Line("Redis killed", killer.RedisKilled),
            Line("replies", generations.Count),
            Line("replies taken over", generations.Count(generation => generation.Attempt > 1)),
            Line("replies interrupted", final.Chats.SelectMany(chat => chat.Messages).Count(message => message.State == "interrupted")),
            Line("longest silence in ms", (long)run.LongestSilence(final).TotalMilliseconds),
            Line("violations", violations.Count),
        };
        lines.AddRange(violations.Select(violation => $"  {violation}"));
        if (violations.Count > 0)
        {
            lines.Add($"The history is in {run.Folder}");
        }

        return string.Join(Environment.NewLine, lines) + Environment.NewLine;
    }

    private static string Line(string name, long value) => string.Create(CultureInfo.InvariantCulture, $"{name,-24}{value,10}");
}
