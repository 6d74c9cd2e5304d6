using System.Diagnostics;
using HubChat.Server.Endpoints.Hubs;
using HubChat.Server.Storage;
using HubChat.Tests.App;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace HubChat.Tests.Faults;

/// <summary>F37: everybody is thrown out at once, refused for a while, and comes back.</summary>
[Collection(nameof(Alone))]
[Trait("Category", "Slow")]
public sealed class ReconnectStormTests
{
    private const int Chats = 4;
    private const int PeoplePerChat = 5;
    private const int ReadersPerChat = 150;
    private const int AtOnceAtFirst = 50;
    private const int MissedPerChat = 20;
    private static readonly TimeSpan CaughtUpWithin = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Crowd_that_is_thrown_out_at_once_catches_up_and_the_database_is_asked_for_all_together()
    {
        var reads = new CatchUpReads();
        await using var app = new HubChatApp
        {
            MoreServices = services => services.ConfigureDbContext<ChatDbContext>(options => options.AddInterceptors(reads)),
        };
        await using var proxy = FaultProxy.Start(app.Address);
        await using var run = new RecordedRun();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var (near, far, readers) = await GatherAsync(app, proxy, run);
        var running = new List<Task>();
        foreach (var some in readers.SelectMany(chat => chat).Chunk(AtOnceAtFirst))
        {
            running.AddRange(some.Select(reader => reader.RunAsync(over.Token)));
            await Eventually.HoldsAsync(() => Failed(running) || some.All(reader => reader.Seq > 0), Token, CaughtUpWithin);
        }

        var connections = app.Services.GetRequiredService<ChatConnections>();

        proxy.Refuse();
        proxy.Reset();
        await Eventually.HoldsAsync(() => connections.All.Count == Chats, Token, CaughtUpWithin);
        var tops = new long[Chats];
        for (var chat = 0; chat < Chats; chat++)
        {
            for (var i = 0; i < MissedPerChat; i++)
            {
                tops[chat] = (await near[chat].SendAsync($"Missed {i}", $"m-{i}", Token)).Seq;
            }
        }

        reads.Clear();
        var watch = Stopwatch.StartNew();
        await proxy.AcceptAsync(Token);
        await Eventually.HoldsAsync(
            () => Failed(running) || readers.Index().All(chat => chat.Item.All(reader => reader.Seq >= tops[chat.Index])), Token, CaughtUpWithin);
        var elapsed = watch.Elapsed;
        var counts = near.Select(client => reads.Of(client.State.ChatId)).ToList();
        Report(readers, elapsed, counts);

        await Task.WhenAll(far.Select(client => client.SendAsync("Back", "back", Token)));
        var final = await run.CheckAsync(Path.Combine(app.DataFolder, "hubchat.db"), Token);
        await over.CancelAsync();
        await Task.WhenAll(running);

        Assert.All(final.Chats, chat => Assert.Equal(MissedPerChat + PeoplePerChat - 1, chat.Messages.Count));
        Assert.All(counts, count => Assert.InRange(count, 1, 2 + (elapsed / TimeSpan.FromMilliseconds(100))));
    }

    /// <summary>In each chat one person who is near, others behind the proxy who write down what they see, and a crowd there that counts.</summary>
    private static async Task<(List<RecordingClient> Near, List<RecordingClient> Far, List<List<StormReader>> Readers)> GatherAsync(
        HubChatApp app, FaultProxy proxy, RecordedRun run)
    {
        var (near, far, readers) = (new List<RecordingClient>(), new List<RecordingClient>(), new List<List<StormReader>>());
        for (var chat = 0; chat < Chats; chat++)
        {
            var people = new List<TestUser>();
            for (var i = 0; i < PeoplePerChat; i++)
            {
                people.Add(await app.SignUpAsync($"person{chat}of{i}", Token));
            }

            await using var hub = await people[0].ConnectAsync(Token);
            var id = await hub.CreateChatAsync(Token, [.. people.Skip(1)]);
            near.Add(await run.JoinAsync(people[0], id, Token));
            foreach (var person in people.Skip(1))
            {
                far.Add(await run.JoinAsync(person, id, Token, proxy.Address));
            }

            readers.Add([.. Enumerable.Range(0, ReadersPerChat).Select(i => new StormReader(proxy.Address, people[1 + (i % (PeoplePerChat - 1))], id))]);
        }

        return (near, far, readers);
    }

    private static bool Failed(List<Task> running) => running.Find(reader => reader.IsFaulted) is { Exception: { } failure } ? throw failure : false;

    private static void Report(List<List<StormReader>> readers, TimeSpan elapsed, List<int> counts)
    {
        var times = readers.SelectMany(chat => chat).Select(reader => reader.CaughtUpWithin).Order().ToList();
        var losses = readers.Sum(chat => chat.Sum(reader => reader.Losses));
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{times.Count} came back in {elapsed}: p50 {times[times.Count / 2]}, p99 {times[times.Count * 99 / 100]}; {losses} losses; "
            + $"reads of each chat {string.Join(", ", counts)}");
    }
}
