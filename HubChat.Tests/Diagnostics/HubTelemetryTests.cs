using System.Diagnostics;
using HubChat.Server.Chats.Watching;
using HubChat.Server.Generations;
using HubChat.Server.Hosting;
using HubChat.Server.Ids;
using HubChat.Server.Realtime;
using HubChat.Tests.App;
using HubChat.Tests.Endpoints.Sse;
using HubChat.Tests.Faults;
using HubChat.Tests.Realtime;
using HubChat.Tests.Redis;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace HubChat.Tests.Diagnostics;

/// <summary>Each instrument moves when what it is about happens; spans say what happened and nothing that was said.</summary>
[Collection(nameof(Alone))]
public sealed class HubTelemetryTests
{
    private const string Calls = "Microsoft.AspNetCore.SignalR.Server";
    private const string Secret = "Marker of a text";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Reply_that_is_watched_is_measured_from_its_question_to_its_end()
    {
        using var recorded = new RecordedHub();
        await using var app = new HubChatApp();
        app.Model.Hold = true;
        var ada = await app.SignUpAsync("ada", Token);
        await using var hub = await ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token);
        await hub.WatchAsync(chat, Token);
        await hub.PostAsync(chat, "Say something", "c-1", Token);
        var turn = await app.Model.NextTurnAsync(Token);
        turn.Say("First ");
        await hub.NextAsync(Token, "delta");

        Assert.Equal(1, recorded.Look("hubchat.reply.running"));
        Assert.Equal(1, recorded.Look("hubchat.hub.connections"));
        Assert.Equal(1, recorded.Look("hubchat.watch.chats"));
        Assert.Equal(1, recorded.Look("hubchat.delta_log.logs"));
        Assert.Equal(0, recorded.Look("hubchat.outbox.entries"));
        turn.Finish();
        await hub.NextAsync(Token, "done");

        Assert.Equal(1, recorded.Sum("hubchat.messages.posted"));
        Assert.True(recorded.Sum("hubchat.deltas.appended") >= 1);
        Assert.InRange(Assert.Single(recorded.Of("hubchat.reply.time_to_first_token")), 0, 60);
        Assert.NotEmpty(recorded.Of("hubchat.delta.lag"));
        Assert.All(recorded.Of("hubchat.delta.lag"), lag => Assert.InRange(lag, 0, 60));
        Assert.All(recorded.Of("hubchat.storage.write.batch_size", "db.system.name="), writes => Assert.True(writes >= 1));
        Assert.NotEmpty(recorded.Of("hubchat.storage.write.duration", "db.system.name="));
        Assert.Empty(recorded.Of("hubchat.redis.available"));
    }

    [Fact]
    public async Task Stopping_and_waiting_are_measured()
    {
        using var recorded = new RecordedHub();
        await using var app = new HubChatApp();
        app.Model.Hold = true;
        var ada = await app.SignUpAsync("ada", Token);
        await using var hub = await ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token);
        await hub.WatchAsync(chat, Token);
        var posted = await hub.PostAsync(chat, "First", "c-1", Token);
        await app.Model.NextTurnAsync(Token);
        await hub.PostAsync(chat, "Second", "c-2", Token);

        var gauges = app.Services.GetServices<IHostedService>().OfType<NodeGauges>().Single();
        await gauges.CountAsync(Token);
        Assert.Equal(1, recorded.Look("hubchat.reply.waiting"));
        await hub.CallAsync("StopGeneration", Token, posted.GetProperty("generationId").GetString());
        await hub.NextEventAsync("generation.completed", Token);

        await Eventually.HoldsAsync(() => recorded.Of("hubchat.reply.stop.duration") is [>= 0 and < 60], Token);
        await Eventually.HoldsAsync(() => OutcomesOf(recorded).Contains("stopped"), Token);
    }

    [Fact]
    public async Task Resumes_are_counted_by_door_and_so_are_refusals()
    {
        using var recorded = new RecordedHub(Calls);
        await using var world = new SseWorld();
        await world.InitializeAsync();
        await using var hub = await world.Ada.ConnectAsync(Token);
        var (turn, stream) = await world.BeginAsync(SseWorld.Question("Hello"));
        await using var first = stream;
        turn.Say("word");
        var frames = await first.UntilAsync('p', Token);
        turn.Finish();
        await using (var again = await world.ResumeAsync(frames, frames.Count))
        {
            await again.RestAsync(Token);
        }

        var generation = await world.App.ReadAsync(db => db.Generations.Select(generation => generation.Id).SingleAsync(Token));
        await foreach (var _ in hub.StreamAsync("StreamReply", Token, generation.ToString(), 0, 0))
        {
        }

        Assert.Equal("not_found", await hub.RefusedAsync("GetChat", Token, Guid.CreateVersion7()));
        await world.PostAsync(SseWorld.Converse, SseWorld.Question(""));
        using var http = world.Ada.Http();
        using var missing = await http.GetAsync("/api/nothing-here", Token);

        Assert.Equal(1, recorded.Sum("hubchat.reply.resumes", "hubchat.door=hub"));
        Assert.Equal(1, recorded.Sum("hubchat.reply.resumes", "hubchat.door=backend-api"));
        Assert.Equal(1, recorded.Sum("hubchat.call.refusals", "hubchat.door=hub error.type=not_found"));
        Assert.Equal(1, recorded.Sum("hubchat.call.refusals", "hubchat.door=backend-api error.type=empty_content"));
        Assert.Equal(1, recorded.Sum("hubchat.call.refusals", "hubchat.door=api error.type=not_found"));
        Assert.Contains(recorded.Spans, span => span.Source.Name == Calls && Equals(span.GetTagItem("hubchat.refusal"), "not_found"));
    }

    [Fact]
    public async Task What_waits_for_a_reader_that_has_stopped_is_seen()
    {
        using var recorded = new RecordedHub();
        await using var app = new HubChatApp(new Dictionary<string, string> { ["Realtime:StalledAfter"] = "00:10:00" });
        var (ada, bob) = (await app.SignUpAsync("ada", Token), await app.SignUpAsync("bob", Token));
        await using var hub = await ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token, bob);
        using var stopped = await RawHubClient.ConnectAsync(app.Address, bob.Token, Token, receiveBuffer: 4096);
        await stopped.WatchAsync(chat, Token);

        // Until what the system itself takes for a reader is full.
        for (var i = 0; recorded.Look("hubchat.outbox.entries") < 2; i++)
        {
            Assert.InRange(i, 0, 1_000);
            await hub.PostAsync(chat, new string('x', 30_000), $"c-{i}", Token);
        }

        Assert.InRange(recorded.Look("hubchat.outbox.size"), 30_000, 256 * 1024);
    }

    [Fact]
    public async Task Watcher_that_is_told_anew_is_counted()
    {
        using var recorded = new RecordedHub();
        await using var app = new HubChatApp();
        var ada = await app.SignUpAsync("ada", Token);
        await using var hub = await ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token);
        await hub.WatchAsync(chat, Token);

        Assert.True(app.Services.GetRequiredService<ChatFeed>().TryGetTopic(new ChatId(Guid.Parse(chat)), out var topic));
        Assert.Single(topic.Listeners).Refresh();
        await hub.NextAsync(Token, "resync");

        Assert.Equal(1, recorded.Sum("hubchat.watch.resyncs"));
    }

    [Theory]
    [InlineData("00:10:00", "restarted")]
    [InlineData("00:00:00", "closed")]
    public async Task Reply_whose_server_has_died_is_counted_as_taken_over(string restartWithin, string outcome)
    {
        using var recorded = new RecordedHub();
        await using var app = new HubChatApp(new Dictionary<string, string> { ["Generation:RestartWithin"] = restartWithin });
        app.Model.Hold = true;
        var ada = await app.SignUpAsync("ada", Token);
        await using var hub = await ada.ConnectAsync(Token);
        await hub.PostAsync(await hub.CreateChatAsync(Token), "Hello", "c-1", Token);
        await app.Model.NextTurnAsync(Token);

        // As a server finds it that starts after its owner has died.
        await app.ReadAsync(db => db.Generations.ExecuteUpdateAsync(set => set.SetProperty(generation => generation.Owner, Guid.CreateVersion7()), Token));
        await app.Services.GetRequiredService<OrphanSweep>().CloseAsync(Token);

        await Eventually.HoldsAsync(() => recorded.Sum("hubchat.reply.take_overs", $"hubchat.outcome={outcome}") == 1, Token);
        Assert.Equal(1, recorded.Sum("hubchat.reply.take_overs"));
    }

    [Fact]
    public async Task Span_of_a_reply_says_how_it_ended_and_nothing_that_was_said()
    {
        using var recorded = new RecordedHub(Calls);
        await using var app = new HubChatApp();
        app.Model.Answer = _ => Secret;
        var ada = await app.SignUpAsync("ada", Token);
        await using var hub = await ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token);
        await hub.WatchAsync(chat, Token);
        var posted = await hub.PostAsync(chat, Secret, "c-1", Token);
        await hub.NextAsync(Token, "done");
        app.Model.FailAfterAnswer = _ => new InvalidOperationException(Secret);
        await hub.PostAsync(chat, Secret, "c-2", Token);
        await hub.NextAsync(Token, "done");

        await Eventually.HoldsAsync(() => OutcomesOf(recorded).Count == 2, Token);
        var replies = recorded.Spans.Where(span => span.OperationName == "reply").ToList();
        Assert.Equal(["done", "interrupted"], OutcomesOf(recorded));
        Assert.Equal(posted.GetProperty("generationId").GetString(), replies[0].GetTagItem("hubchat.generation.id")!.ToString());
        Assert.Equal(1, replies[0].GetTagItem("hubchat.attempt"));
        Assert.Equal(HubChatApp.ModelName, replies[0].GetTagItem("gen_ai.request.model"));
        Assert.Equal(ActivityStatusCode.Error, replies[1].Status);
        Assert.All(replies, reply => Assert.Null(reply.ParentId));
        var calls = recorded.Spans.Where(span => span.Source.Name == Calls && span.DisplayName.EndsWith("/PostMessage", StringComparison.Ordinal)).ToList();
        Assert.Equal(replies.Select(reply => reply.GetTagItem("hubchat.generation.id")), calls.Select(call => call.GetTagItem("hubchat.generation.id")));
        Assert.All(recorded.Spans, span =>
        {
            Assert.DoesNotContain(Secret, RecordedHub.Said(span), StringComparison.Ordinal);
            Assert.DoesNotContain(ada.Token, RecordedHub.Said(span), StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Delta_log_that_cannot_be_shared_is_counted_and_said_once_in_a_span()
    {
        using var recorded = new RecordedHub();
        await using var redis = await RedisServer.StartAsync(Token);
        await using var node = await DeltaLogNode.StartAsync(redis, Token);
        await redis.KillAsync(Token);
        await Eventually.HoldsAsync(() => !node.Redis.IsAvailable, Token);

        using var span = Server.Diagnostics.HubTelemetry.StartReply(Guid.CreateVersion7(), "a model", attempt: 1);
        var reply = new ReplyOrigin(new ChatId(Guid.CreateVersion7()), new GenerationId(Guid.CreateVersion7()), new MessageId(Guid.CreateVersion7()));
        await node.Log.OpenAsync(reply, 1, "", Token);
        await node.Log.AppendAsync(reply.GenerationId, 1, Secret, Token);

        Assert.True(recorded.Sum("hubchat.delta_log.share.failures") >= 2);
        Assert.Equal("hubchat.delta_log.unshared", Assert.Single(span!.Events).Name);
    }

    private static List<string> OutcomesOf(RecordedHub recorded) =>
        [.. recorded.Spans.Where(span => span.OperationName == "reply").Select(span => span.GetTagItem("hubchat.outcome")).OfType<string>()];
}
