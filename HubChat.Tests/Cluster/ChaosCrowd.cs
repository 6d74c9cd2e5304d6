using HubChat.Tests.App;
using HubChat.Tests.Faults;

namespace HubChat.Tests.Cluster;

/// <summary>People in chats, spread over the nodes by the balancer: one in each chat asks the assistant all the time, all of them talk.</summary>
internal sealed class ChaosCrowd
{
    // The longest a reply may take that loses its node and Redis again and again, on a machine that is busy with that.
    private static readonly TimeSpan AnsweredWithin = TimeSpan.FromMinutes(3);
    private readonly List<RecordingClient> _clients = [];
    private readonly ChaosPlan _plan;
    private volatile bool _isOver;

    private ChaosCrowd(ChaosPlan plan) => _plan = plan;

    public IReadOnlyList<RecordingClient> Clients => _clients;

    public static async Task<ChaosCrowd> GatherAsync(NodeCluster cluster, RecordedRun run, ChaosPlan plan, CancellationToken cancellationToken)
    {
        var crowd = new ChaosCrowd(plan);
        var people = new List<TestUser>();
        for (var i = 0; i < plan.Clients; i++)
        {
            people.Add(await cluster.SignUpAsync($"person{i}", cancellationToken));
        }

        for (var chat = 0; chat < plan.Chats; chat++)
        {
            var members = people.Where((_, i) => i % plan.Chats == chat).ToArray();
            await using var hub = await members[0].ConnectAsync(cancellationToken);
            var id = await hub.CreateChatAsync(cancellationToken, members[1..]);
            foreach (var member in members)
            {
                crowd._clients.Add(await run.JoinAsync(member, id, cancellationToken));
            }
        }

        return crowd;
    }

    /// <summary>Until <see cref="End"/>.</summary>
    public Task TalkAsync(CancellationToken cancellationToken) => Task.WhenAll(
        _clients.Select((client, i) => TalkAsync(client, new Random(_plan.Seed + i), cancellationToken))
            .Concat(_clients.DistinctBy(client => client.State.ChatId).Select(client => AskAsync(client, cancellationToken))));

    /// <summary>Nobody begins anything new.</summary>
    public void End() => _isOver = true;

    private async Task TalkAsync(RecordingClient client, Random random, CancellationToken cancellationToken)
    {
        for (var i = 0; !_isOver; i++)
        {
            await client.SendAsync($"Message {i}", $"say-{i}", cancellationToken);
            await Task.Delay(random.Next(500, 2_500), cancellationToken);
        }
    }

    private async Task AskAsync(RecordingClient client, CancellationToken cancellationToken)
    {
        for (var i = 0; !_isOver; i++)
        {
            var asked = await client.SendAsync($"Question {i} for the @assistant", $"ask-{i}", cancellationToken);
            await client.HoldsAsync(state => state.MessageOf(asked.ReplyId) is { IsUnfinished: false }, cancellationToken, AnsweredWithin);
        }
    }
}
