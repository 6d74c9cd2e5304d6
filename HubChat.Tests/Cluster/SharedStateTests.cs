using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using HubChat.Tests.App;
using HubChat.Tests.Endpoints.Sse;
using HubChat.Tests.Faults;
using Xunit;

namespace HubChat.Tests.Cluster;

/// <summary>What is done at one node holds at the other.</summary>
public sealed class SharedStateTests(TwoNodes nodes) : IClassFixture<TwoNodes>
{
    private static readonly Uri Me = new("/api/auth/me", UriKind.Relative);
    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(10);
    private static int _people;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Reply_is_stopped_from_the_node_that_does_not_write_it()
    {
        await using var run = new RecordedRun();
        var (ada, bob) = (await SignUpAsync(nodes.One), await SignUpAsync(nodes.Two));
        await using var hub = await ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token, bob);
        var adas = await run.JoinAsync(ada, chat, Token);
        var bobs = await run.JoinAsync(bob, chat, Token);
        var asked = await adas.SendAsync("Tell us everything, @assistant", "ask", Token);
        await bobs.HoldsAsync(state => state.MessageOf(asked.ReplyId)?.Text.Length > 20, Token);

        await nodes.Cluster.StopFromElsewhereAsync(ada, asked.GenerationId, Token);

        await adas.HoldsAsync(state => state.MessageOf(asked.ReplyId)?.State == "stopped", Token, AtOnce);
        await bobs.HoldsAsync(state => state.MessageOf(asked.ReplyId)?.State == "stopped", Token, AtOnce);
        await run.CheckAsync(nodes.Cluster.Database, Token);
    }

    [Fact]
    public async Task Session_holds_at_both_nodes_until_it_is_ended_at_one()
    {
        var ada = await SignUpAsync(nodes.One);
        using var here = ada.Http();
        using var there = new TestUser(nodes.Two.Address, ada.UserName, ada.Id, ada.Token).Http();
        using var known = await there.GetAsync(Me, Token);
        Assert.Equal(HttpStatusCode.OK, known.StatusCode);
        using var again = await there.PostAsJsonAsync("/api/auth/login", new { username = ada.UserName, password = TestUser.Password }, Token);
        var second = (await again.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("token").GetString()!;
        await using var hub = await TestConnection.OpenAsync(new Uri(nodes.Two.Address, "/hubs/chat"), () => ada.Token, Token);

        using var ended = await here.PostAsync(new Uri("/api/auth/logout", UriKind.Relative), null, Token);
        ended.EnsureSuccessStatusCode();

        // When its connection there is told, that node has heard of it.
        Assert.Equal("logged_out", await hub.SessionEnded.WaitAsync(AtOnce, Token));
        using var refused = await there.GetAsync(Me, Token);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        using var other = new TestUser(nodes.One.Address, ada.UserName, ada.Id, second).Http();
        using var stays = await other.GetAsync(Me, Token);
        Assert.Equal(HttpStatusCode.OK, stays.StatusCode);
    }

    [Fact]
    public async Task Api_key_that_was_made_at_one_node_holds_at_the_other_until_it_is_deleted()
    {
        var ada = await SignUpAsync(nodes.One);
        using var here = ada.Http();
        using var made = await here.PostAsJsonAsync("/api/auth/keys", new { name = "robot" }, Token);
        var answer = await made.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>(Token);
        var key = answer.GetProperty("token").GetString()!;
        using var there = new TestUser(nodes.Two.Address, ada.UserName, ada.Id, key).Http();
        using var known = await there.GetAsync(Me, Token);
        Assert.Equal(HttpStatusCode.OK, known.StatusCode);
        await using var hub = await TestConnection.OpenAsync(new Uri(nodes.Two.Address, "/hubs/chat"), () => key, Token);

        using var deleted = await here.DeleteAsync(new Uri($"/api/auth/keys/{answer.GetProperty("key").GetProperty("id")}", UriKind.Relative), Token);
        deleted.EnsureSuccessStatusCode();

        await hub.SessionEnded.WaitAsync(AtOnce, Token);
        using var refused = await there.GetAsync(Me, Token);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }

    [Fact]
    public async Task Turn_that_was_begun_at_one_node_is_read_on_at_the_other_without_a_frame_missing_or_twice()
    {
        var ada = await SignUpAsync(nodes.One);
        using var here = ada.Http();
        using var there = new TestUser(nodes.Two.Address, ada.UserName, ada.Id, ada.Token).Http();
        await using var stream = await OpenAsync(here, SseWorld.Converse, SseWorld.Question("Tell me everything"), token: null);
        var begun = await stream.UntilAsync('p', Token);
        begun.AddRange(await stream.UntilAsync('p', Token));

        await using var resumed = await OpenAsync(
            there, SseWorld.ResumePath, SseWorld.ResumeBody(SseWorld.ConversationOf(begun), begun.Count), SseWorld.TokenOf(begun));
        var rest = await resumed.RestAsync(Token);

        List<SseFrame> whole = [.. begun, .. await stream.RestAsync(Token)];
        Assert.Equal("finished_successfully", SseWorld.StatusOf(whole));
        Assert.Equal(whole.Select(frame => frame.Raw), begun.Concat(rest).Select(frame => frame.Raw));
    }

    [Fact]
    public async Task Who_watches_at_one_node_is_seen_at_the_other()
    {
        await using var run = new RecordedRun();
        var (ada, bob) = (await SignUpAsync(nodes.One), await SignUpAsync(nodes.Two));
        await using var hub = await ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token, bob);
        var adas = await run.JoinAsync(ada, chat, Token);
        await using (var bobs = await RecordingClient.StartAsync(nodes.Two.Address, bob, chat, run.History, Token))
        {
            await adas.HoldsAsync(state => state.Present.Order().SequenceEqual(new[] { ada.Id, bob.Id }.Order()), Token);
            await bobs.HoldsAsync(state => state.Present.Order().SequenceEqual(new[] { ada.Id, bob.Id }.Order()), Token);
        }

        await adas.HoldsAsync(state => state.Present.SequenceEqual([ada.Id]), Token);
        await run.CheckAsync(nodes.Cluster.Database, Token);
    }

    /// <summary>Somebody new: the tests share the nodes.</summary>
    private static Task<TestUser> SignUpAsync(ServerProcess node) =>
        TestUser.SignUpAsync(node.Address, $"person{Interlocked.Increment(ref _people)}", Token);

    private static async Task<SseStream> OpenAsync(HttpClient http, string path, object body, string? token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        if (token is not null)
        {
            request.Headers.Add("X-Conduit-Token", token);
        }

        var response = (await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token)).EnsureSuccessStatusCode();
        return new SseStream(response, await response.Content.ReadAsStreamAsync(Token));
    }
}
