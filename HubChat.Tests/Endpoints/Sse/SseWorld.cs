using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using HubChat.Tests.App;
using HubChat.Tests.Endpoints.Auth;
using Microsoft.Extensions.AI;
using Xunit;

namespace HubChat.Tests.Endpoints.Sse;

/// <summary>A server for the tests of one class, with two people.</summary>
public class SseWorld : IAsyncLifetime
{
    public const string Converse = "/backend-api/f/conversation";
    public const string ResumePath = "/backend-api/f/conversation/resume";
    public const string Stop = "/backend-api/stop_conversation";
    public const string List = "/backend-api/conversations";

    public SseWorld()
        : this(new Dictionary<string, string>())
    {
    }

    private protected SseWorld(IReadOnlyDictionary<string, string> settings, TimeProvider? time = null) => App = new HubChatApp(settings, time);

    internal HubChatApp App { get; }

    internal AuthClient Client { get; private set; } = null!;

    internal TestUser Ada { get; private set; } = null!;

    internal TestUser Bob { get; private set; } = null!;

    internal HttpClient Http { get; } = new(new SocketsHttpHandler { UseCookies = false }) { Timeout = Timeout.InfiniteTimeSpan };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public virtual async ValueTask InitializeAsync()
    {
        Client = new AuthClient(App);
        Ada = await App.SignUpAsync("ada", Token);
        Bob = await App.SignUpAsync("bob", Token);
    }

    public virtual ValueTask DisposeAsync()
    {
        Client.Dispose();
        Http.Dispose();
        GC.SuppressFinalize(this);
        return App.DisposeAsync();
    }

    /// <summary>The body of a question, to be changed by a test.</summary>
    internal static JsonObject Question(string text, string? conversation = null, string? id = null)
    {
        var message = new JsonObject
        {
            ["role"] = "user",
            ["content"] = new JsonObject { ["content_type"] = "text", ["parts"] = new JsonArray(text) },
        };
        if (id is not null)
        {
            message["id"] = id;
        }

        var body = new JsonObject { ["messages"] = new JsonArray(message) };
        if (conversation is not null)
        {
            body["conversation_id"] = conversation;
        }

        return body;
    }

    /// <summary>Sends a body and reads the answer to its end.</summary>
    internal Task<Answer> PostAsync(string path, JsonNode body, TestUser? user = null, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, path, body.ToJsonString(), user, headers);

    internal Task<Answer> GetAsync(string path, TestUser? user = null) => Client.SendAsync(HttpMethod.Get, path, null, (user ?? Ada).Token);

    internal Task<Answer> SendAsync(HttpMethod method, string path, string body, TestUser? user = null, params (string Name, string Value)[] headers) =>
        Client.SendAsync(method, path, new StringContent(body, Encoding.UTF8, "application/json"), (user ?? Ada).Token, headers);

    /// <summary>Sends a body and begins to read the stream.</summary>
    internal async Task<SseStream> OpenAsync(string path, JsonNode body, TestUser? user = null, params (string Name, string Value)[] headers)
    {
        var response = await OpenRawAsync(path, body, user, headers);
        return new SseStream(response, await response.Content.ReadAsStreamAsync(Token));
    }

    /// <summary>Sends a body and waits for the head of the stream.</summary>
    internal async Task<HttpResponseMessage> OpenRawAsync(string path, JsonNode body, TestUser? user = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(App.Address, path))
        {
            Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", (user ?? Ada).Token);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        var response = await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode} {(response.IsSuccessStatusCode ? "" : await response.Content.ReadAsStringAsync(Token))}");
        return response;
    }

    /// <summary>Asks, and has the test play what the model says.</summary>
    internal async Task<(ScriptedTurn Turn, SseStream Stream)> BeginAsync(
        JsonNode body, TestUser? user = null, params (string Name, string Value)[] headers)
    {
        App.Model.Hold = true;
        var stream = await OpenAsync(Converse, body, user, headers);
        var turn = await App.Model.NextTurnAsync(Token);
        App.Model.Hold = false;
        return (turn, stream);
    }

    /// <summary>Ends a turn so that it has this status at the end.</summary>
    internal async Task EndAsync(ScriptedTurn turn, string status, string conversation)
    {
        switch (status)
        {
            case "finished_successfully":
                turn.Finish();
                break;
            case "finished_partial_completion":
                turn.Finish(ChatFinishReason.Length);
                break;
            case "interrupted":
                await PostAsync(Stop, new JsonObject { ["conversation_id"] = conversation });
                break;
            case "failed":
                turn.End();
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(status), status, "Unknown.");
        }
    }

    /// <summary>The turn that runs in a conversation, from its first frame, for whoever is in it.</summary>
    internal async Task<SseStream> JoinAsync(string conversation, TestUser? user = null)
    {
        var status = (await GetAsync($"/backend-api/conversation/{conversation}/stream_status", user)).Body;
        Assert.Equal("IS_STREAMING", status.GetProperty("status").GetString());
        return await OpenAsync(
            ResumePath, ResumeBody(conversation, 0), user, ("X-Conduit-Token", status.GetProperty("resume_token").GetString()!));
    }

    /// <summary>Asks and reads to the end.</summary>
    internal async Task<List<SseFrame>> AskAsync(
        string text, string? conversation = null, string? id = null, TestUser? user = null, params (string Name, string Value)[] headers)
    {
        await using var stream = await OpenAsync(Converse, Question(text, conversation, id), user, headers);
        return await stream.RestAsync(Token);
    }

    /// <summary>Goes on reading a turn.</summary>
    internal Task<SseStream> ResumeAsync(IReadOnlyList<SseFrame> begun, long? offset, TestUser? user = null) =>
        OpenAsync(ResumePath, ResumeBody(ConversationOf(begun), offset), user, ("X-Conduit-Token", TokenOf(begun)));

    internal static JsonObject ResumeBody(string conversation, long? offset)
    {
        var body = new JsonObject { ["conversation_id"] = conversation };
        if (offset is { } known)
        {
            body["offset"] = known;
        }

        return body;
    }

    internal static string ConversationOf(IReadOnlyList<SseFrame> frames) => frames[1].Json.GetProperty("conversation_id").GetString()!;

    internal static string TokenOf(IReadOnlyList<SseFrame> frames) => frames[1].Json.GetProperty("token").GetString()!;

    internal static string ReplyOf(IReadOnlyList<SseFrame> frames) => frames[3].Json.GetProperty("v").GetProperty("message").GetProperty("id").GetString()!;

    internal static string KindsOf(IEnumerable<SseFrame> frames) => string.Concat(frames.Select(frame => frame.Kind));

    internal static string TextOf(IEnumerable<SseFrame> frames) => string.Concat(frames.Where(frame => frame.Kind == 'p').Select(frame => frame.Text));

    /// <summary>The status that the final frame gives the reply.</summary>
    internal static string StatusOf(IEnumerable<SseFrame> frames) =>
        frames.Single(frame => frame.Kind == 'F').Json.GetProperty("v")[0].GetProperty("v").GetString()!;

    /// <summary>What the history holds of a message.</summary>
    internal async Task<JsonElement> MessageAsync(string conversation, string id, TestUser? user = null)
    {
        var history = await GetAsync($"/backend-api/conversation/{conversation}", user);
        return history.Body.GetProperty("messages").EnumerateArray().Single(message => message.GetProperty("id").GetString() == id);
    }

    /// <summary>The code and parameter of a refusal.</summary>
    internal static (int Status, string? Code, string? Param) RefusalOf(Answer answer)
    {
        var detail = answer.Body.GetProperty("detail");
        return ((int)answer.Status, detail.GetProperty("code").GetString(), detail.TryGetProperty("param", out var param) ? param.GetString() : null);
    }
}
