using System.Diagnostics;
using HubChat.Tests.Faults;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace HubChat.Tests.Cluster;

/// <summary>F53: two nodes have one processor, and most of it is taken by somebody else.</summary>
[Trait("Category", "Slow")]
public sealed class StarvedNodesTests
{
    private const int BusyLoops = 4;
    private static readonly TimeSpan Starved = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nodes_that_hardly_get_a_processor_keep_their_leases_and_their_replies()
    {
        await using var cluster = await NodeCluster.StartAsync(2, Token, settings: ("Assistant__DemoWordsPerSecond", "20"));
        await using var run = new RecordedRun();
        var crowd = await ChaosCrowd.GatherAsync(cluster, run, new ChaosPlan { Clients = 16, Chats = 4 }, Token);
        foreach (var node in cluster.Nodes)
        {
            await ProcessLimits.PinAsync(node.ProcessId, processor: 0, Token);
        }

        var loops = Enumerable.Range(0, BusyLoops).Select(_ => Process.Start("sh", ["-c", "while :; do :; done"])).ToList();
        TimeSpan shortest;
        try
        {
            foreach (var loop in loops)
            {
                await ProcessLimits.PinAsync(loop.Id, processor: 0, Token);
            }

            var talk = crowd.TalkAsync(Token);
            shortest = await ShortestLeaseAsync(cluster);
            crowd.End();
            await talk;
        }
        finally
        {
            loops.ForEach(End);
        }

        var final = await run.CheckAsync(cluster.Database, Token);
        var generations = await StoredState.GenerationsAsync(cluster.Database, Token);
        var takeOvers = generations.Sum(generation => generation.Attempt - 1);
        TestContext.Current.TestOutputHelper?.WriteLine($"{generations.Count} replies, {takeOvers} taken over; the shortest lease had {shortest} left; longest silence {run.LongestSilence(final)}");
        Assert.True(shortest > TimeSpan.Zero, "A lease ran out.");
        Assert.Equal(0, takeOvers);
        Assert.All(final.Chats.SelectMany(chat => chat.Messages).Where(message => message.Gen is not null), reply => Assert.Equal("done", reply.State));
    }

    /// <summary>How much of its lease the worse of the nodes had left at the worst moment.</summary>
    private static async Task<TimeSpan> ShortestLeaseAsync(NodeCluster cluster)
    {
        var shortest = TimeSpan.MaxValue;
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < Starved; await Task.Delay(100, Token))
        {
            var seconds = await StoredState.ReadAsync(cluster.Database, db => db.Database
                .SqlQuery<double>($"""SELECT extract(epoch FROM min("LeaseUntil") - clock_timestamp())::float8 AS "Value" FROM "Nodes" """)
                .SingleAsync(Token));
            shortest = TimeSpan.FromTicks(Math.Min(shortest.Ticks, TimeSpan.FromSeconds(seconds).Ticks));
        }

        return shortest;
    }

    private static void End(Process loop)
    {
        loop.Kill();
        loop.WaitForExit();
        loop.Dispose();
    }
}
