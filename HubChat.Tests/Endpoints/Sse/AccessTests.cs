using System.Net;
using System.Text;
using HubChat.Tests.App;
using HubChat.Tests.Endpoints.Auth;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace HubChat.Tests.Endpoints.Sse;

public sealed class AccessTests(SseWorld world) : IClassFixture<SseWorld>
{
    private const string Root = "/backend-api";
    private const string Unknown = "690d5b6c-0000-4000-8000-000000000001";

    /// <summary>Every call, with a body that would be taken; <c>$id</c> is the conversation.</summary>
    private static readonly (string Call, string? Body)[] Calls =
    [
        ("POST /f/conversation",
            """{"conversation_id":"$id","messages":[{"id":"again","role":"user","content":{"content_type":"text","parts":["Again"]}}]}"""),
        ("POST /f/conversation/resume", """{"conversation_id":"$id"}"""),
        ("POST /stop_conversation", """{"conversation_id":"$id"}"""),
        ("GET /conversation/$id/stream_status", null),
        ("GET /conversations", null),
        ("GET /conversations/search", null),
        ("GET /conversation/$id", null),
        ("PATCH /conversation/$id", """{"title":"Taken over"}"""),
        ("DELETE /conversation/$id", null),
        ("POST /conversation/gen_title/$id", "{}"),
    ];

    private static readonly string[] Methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Routes => [.. Calls.Select(call => call.Call)];

    /// <summary>The calls that name a conversation and need nothing else.</summary>
    public static TheoryData<string> NamingRoutes =>
        [.. Calls.Select(call => call.Call).Where(call => call is not ("GET /conversations" or "GET /conversations/search" or "POST /f/conversation/resume"))];

    public static TheoryData<string, string> RoutesAndBadTokens
    {
        get
        {
            var matrix = new TheoryData<string, string>();
            foreach (var (call, _) in Calls)
            {
                foreach (var caller in new[] { "nobody", "unknown token", "ended session", "cookie", "token in the address", "another scheme", "empty token" })
                {
                    matrix.Add(call, caller);
                }
            }

            return matrix;
        }
    }

    [Fact]
    public void Every_route_is_in_the_matrix()
    {
        world.App.Start();
        var routes = world.App.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(route => route.RoutePattern.RawText!.StartsWith(Root, StringComparison.Ordinal))
            .SelectMany(route => route.Metadata.GetRequiredMetadata<IHttpMethodMetadata>().HttpMethods
                .Select(method => $"{method} {route.RoutePattern.RawText![Root.Length..].Replace("{id}", "$id", StringComparison.Ordinal)}"));

        Assert.Equal(Calls.Select(call => call.Call).Order(), routes.Order());
    }

    [Theory]
    [MemberData(nameof(RoutesAndBadTokens))]
    public async Task Without_a_token_of_this_server_nothing_opens(string call, string caller)
    {
        var turn = await world.AskAsync("Mine");
        var before = await Stored.InAsync(world.App);
        var (token, header, query) = await CredentialsAsync(caller);

        var answer = await CallAsync(call, SseWorld.ConversationOf(turn), token, query, header is null ? [] : [header.Value]);

        Assert.Equal((401, "unauthorized", null), SseWorld.RefusalOf(answer));
        Assert.Equal("Bearer", answer.Header("WWW-Authenticate"));
        AssertShape(answer);
        Assert.Equal(before, await Stored.InAsync(world.App));
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task Key_without_the_scope_for_chats_is_refused(string call)
    {
        var key = await world.Client.NewKeyAsync(await NewUserAsync(), "models");
        var turn = await world.AskAsync("Mine");
        var before = await Stored.InAsync(world.App);

        var answer = await CallAsync(call, SseWorld.ConversationOf(turn), key);

        Assert.Equal((403, "forbidden", null), SseWorld.RefusalOf(answer));
        AssertShape(answer);
        Assert.Equal(before, await Stored.InAsync(world.App));
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task Token_of_a_sign_in_opens(string call)
    {
        var turn = await world.AskAsync("Mine");

        var answer = await CallAsync(call, SseWorld.ConversationOf(turn), world.Ada.Token, "", ("X-Conduit-Token", SseWorld.TokenOf(turn)));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task Key_for_chats_opens(string call)
    {
        var dan = await NewUserAsync();
        var turn = await world.AskAsync("Mine", user: dan);

        var answer = await CallAsync(
            call, SseWorld.ConversationOf(turn), await world.Client.NewKeyAsync(dan, "chat"), "", ("X-Conduit-Token", SseWorld.TokenOf(turn)));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
    }

    [Theory]
    [MemberData(nameof(NamingRoutes))]
    public async Task Somebody_elses_conversation_is_like_one_that_is_unknown_and_one_that_was_deleted(string call)
    {
        var foreign = SseWorld.ConversationOf(await world.AskAsync("Mine"));
        var deleted = SseWorld.ConversationOf(await world.AskAsync("Gone", user: world.Bob));
        await world.Client.SendAsync(HttpMethod.Delete, $"{Root}/conversation/{deleted}", null, world.Bob.Token);
        var before = await Stored.InAsync(world.App);

        var answers = new[]
        {
            await CallAsync(call, foreign, world.Bob.Token),
            await CallAsync(call, Unknown, world.Bob.Token),
            await CallAsync(call, deleted, world.Bob.Token),
        };

        Assert.All(answers, answer => Assert.Equal((404, "conversation_not_found", "conversation_id"), SseWorld.RefusalOf(answer)));
        Assert.All(answers, answer => Assert.Equal(SeenIn(answers[0]), SeenIn(answer)));
        Assert.Equal(before, await Stored.InAsync(world.App));
    }

    [Fact]
    public async Task Somebody_elses_resume_token_says_the_same_about_every_conversation()
    {
        var turn = await world.AskAsync("Mine");
        var gone = await world.AskAsync("Gone");
        await world.Client.SendAsync(HttpMethod.Delete, $"{Root}/conversation/{SseWorld.ConversationOf(gone)}", null, world.Ada.Token);

        var answers = new[]
        {
            await ResumeAsync(SseWorld.ConversationOf(turn), SseWorld.TokenOf(turn), world.Bob),
            await ResumeAsync(Unknown, SseWorld.TokenOf(turn), world.Bob),
            await ResumeAsync(SseWorld.ConversationOf(gone), SseWorld.TokenOf(gone), world.Bob),
        };

        Assert.All(answers, answer => Assert.Equal((403, "resume_token_mismatch", "token"), SseWorld.RefusalOf(answer)));
        Assert.All(answers, answer => Assert.Equal(SeenIn(answers[0]), SeenIn(answer)));
    }

    [Fact]
    public async Task Own_resume_token_of_a_conversation_that_was_deleted_or_left_finds_nothing()
    {
        var gone = await world.AskAsync("Gone");
        await world.Client.SendAsync(HttpMethod.Delete, $"{Root}/conversation/{SseWorld.ConversationOf(gone)}", null, world.Ada.Token);
        await using var hub = await world.Ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token, world.Bob);
        var left = await world.AskAsync("Hello", chat, user: world.Bob);
        await hub.CallAsync("RemoveParticipant", Token, new { chatId = chat, userId = world.Bob.Id });

        var answers = new[]
        {
            await ResumeAsync(SseWorld.ConversationOf(gone), SseWorld.TokenOf(gone), world.Ada),
            await ResumeAsync(chat, SseWorld.TokenOf(left), world.Bob),
        };

        Assert.All(answers, answer => Assert.Equal((404, "conversation_not_found", "conversation_id"), SseWorld.RefusalOf(answer)));
        Assert.All(answers, answer => Assert.Equal(SeenIn(answers[0]), SeenIn(answer)));
    }

    [Theory]
    [InlineData("POST /f/conversation", 403)]
    [InlineData("POST /stop_conversation", 403)]
    [InlineData("GET /conversation/$id/stream_status", 200)]
    [InlineData("GET /conversation/$id", 200)]
    [InlineData("PATCH /conversation/$id", 403)]
    [InlineData("DELETE /conversation/$id", 403)]
    [InlineData("POST /conversation/gen_title/$id", 403)]
    public async Task Reader_of_a_conversation_only_reads(string call, int status)
    {
        var chat = await SharedAsync("reader");
        var before = await Stored.InAsync(world.App);

        var answer = await CallAsync(call, chat, world.Bob.Token);

        Assert.Equal(status, (int)answer.Status);
        if (status == 403)
        {
            Assert.Equal("forbidden", SseWorld.RefusalOf(answer).Code);
        }

        Assert.Equal(before, await Stored.InAsync(world.App));
    }

    [Theory]
    [InlineData("PATCH /conversation/$id")]
    [InlineData("DELETE /conversation/$id")]
    [InlineData("POST /conversation/gen_title/$id")]
    public async Task Naming_and_deleting_are_the_owners(string call)
    {
        var chat = await SharedAsync("member");
        var before = await Stored.InAsync(world.App);

        Assert.Equal((403, "forbidden", null), SseWorld.RefusalOf(await CallAsync(call, chat, world.Bob.Token)));

        Assert.Equal(before, await Stored.InAsync(world.App));
    }

    [Theory]
    [InlineData("GET /")]
    [InlineData("GET /nothing")]
    [InlineData("GET /conversation")]
    [InlineData("GET /conversation/690d5b6c-0000-4000-8000-000000000001/nothing")]
    [InlineData("POST /f")]
    [InlineData("POST /f/conversation/nothing")]
    [InlineData("PATCH /conversations/690d5b6c-0000-4000-8000-000000000001")]
    public async Task Unknown_address_is_not_found(string call)
    {
        foreach (var token in new[] { null, world.Ada.Token })
        {
            var answer = await CallAsync(call, Unknown, token);

            Assert.Equal((404, "not_found", null), SseWorld.RefusalOf(answer));
            AssertShape(answer);
        }
    }

    [Theory]
    [InlineData("/f/conversation", "POST")]
    [InlineData("/f/conversation/resume", "POST")]
    [InlineData("/stop_conversation", "POST")]
    [InlineData("/conversations", "GET")]
    [InlineData("/conversations/search", "GET")]
    [InlineData("/conversation/690d5b6c-0000-4000-8000-000000000001", "DELETE, GET, PATCH")]
    [InlineData("/conversation/gen_title/690d5b6c-0000-4000-8000-000000000001", "POST")]
    [InlineData("/conversation/690d5b6c-0000-4000-8000-000000000001/stream_status", "GET")]
    public async Task Other_method_is_told_which_ones_there_are(string path, string allowed)
    {
        foreach (var method in Methods.Except(allowed.Split(", ")))
        {
            var answer = await CallAsync($"{method} {path}", Unknown, world.Ada.Token);

            Assert.Equal((405, "method_not_allowed", null), SseWorld.RefusalOf(answer));
            Assert.Equal(allowed, string.Join(", ", answer.Header("Allow")!.Split(',', StringSplitOptions.TrimEntries).Order(StringComparer.Ordinal)));
            AssertShape(answer);
        }
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("690d5b6c000040008000000000000001")]
    [InlineData("{690d5b6c-0000-4000-8000-000000000001}")]
    [InlineData("690d5b6c-0000-4000-8000-00000000000")]
    [InlineData("690d5b6c-0000-4000-8000-00000000000g")]
    [InlineData("%20690d5b6c-0000-4000-8000-000000000001")]
    public async Task Id_in_an_address_must_be_a_uuid(string id)
    {
        var before = await Stored.InAsync(world.App);
        foreach (var (call, _) in Calls.Where(call => call.Call.Contains("$id", StringComparison.Ordinal)))
        {
            Assert.Equal((400, "invalid_conversation_id", "conversation_id"), SseWorld.RefusalOf(await CallAsync(call, id, world.Ada.Token)));
        }

        Assert.Equal(before, await Stored.InAsync(world.App));
    }

    [Fact]
    public async Task Id_may_be_written_in_any_case()
    {
        var id = SseWorld.ConversationOf(await world.AskAsync("Hello"));

        var answer = await world.GetAsync($"{Root}/conversation/{id.ToUpperInvariant()}");

        Assert.Equal(id, answer.Body.GetProperty("conversation_id").GetString());
        Assert.Equal(id, SseWorld.ConversationOf(await world.AskAsync("Again", id.ToUpperInvariant())));
    }

    /// <summary>All that a caller sees of an answer, but for the time and the number of the request.</summary>
    private static string SeenIn(Answer answer) => string.Join(
        '\n',
        answer.Headers.Where(header => header.Key is not ("Date" or "X-Request-ID")).OrderBy(header => header.Key, StringComparer.Ordinal)
            .Select(header => $"{header.Key}: {string.Join(',', header.Value)}")
            .Prepend($"{(int)answer.Status} {answer.Body.GetRawText()}"));

    private static void AssertShape(Answer answer)
    {
        Assert.Equal("application/json", answer.Header("Content-Type")!.Split(';')[0]);
        var detail = Assert.Single(answer.Body.EnumerateObject());
        Assert.Equal("detail", detail.Name);
        Assert.NotEqual("", detail.Value.GetProperty("message").GetString());
    }

    private async Task<string> SharedAsync(string role)
    {
        await using var hub = await world.Ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token, world.Bob);
        await hub.CallAsync("ChangeRole", Token, new { chatId = chat, userId = world.Bob.Id, role });
        await world.AskAsync("Hello", chat);
        return chat;
    }

    private Task<TestUser> NewUserAsync() => world.App.SignUpAsync($"dan-{Guid.NewGuid():N}"[..20], Token);

    private Task<Answer> ResumeAsync(string conversation, string resumeToken, TestUser user) =>
        world.PostAsync(SseWorld.ResumePath, SseWorld.ResumeBody(conversation, 0), user, ("X-Conduit-Token", resumeToken));

    private Task<Answer> CallAsync(string call, string id, string? token, string query = "", params (string Name, string Value)[] headers)
    {
        var body = Calls.FirstOrDefault(known => known.Call == call).Body?.Replace("$id", id, StringComparison.Ordinal);
        var (method, path) = (call.Split(' ')[0], call.Split(' ')[1].Replace("$id", id, StringComparison.Ordinal));

        // The one call that cannot do without.
        query = query.Length == 0 && path == "/conversations/search" ? "?query=hello" : query;
        return world.Client.SendAsync(
            new HttpMethod(method), Root + path + query, body is null ? null : new StringContent(body, Encoding.UTF8, "application/json"), token, headers);
    }

    private async Task<(string? Token, (string Name, string Value)? Header, string Query)> CredentialsAsync(string caller)
    {
        switch (caller)
        {
            case "unknown token":
                return (world.Ada.Token[..^2] + (world.Ada.Token.EndsWith("zz", StringComparison.Ordinal) ? "yy" : "zz"), null, "");
            case "ended session":
                var dan = await NewUserAsync();
                await world.Client.PostAsync("/api/auth/logout", null, dan.Token);
                return (dan.Token, null, "");
            case "cookie":
                return (null, ("Cookie", (await world.Client.SignInAsync(world.Ada.UserName)).Cookie("hubchat")), "");
            case "token in the address":
                return (null, null, $"?access_token={world.Ada.Token}");
            case "another scheme":
                return (null, ("Authorization", $"Basic {world.Ada.Token}"), "");
            case "empty token":
                return (null, ("Authorization", "Bearer "), "");
            default:
                return (null, null, "");
        }
    }
}
