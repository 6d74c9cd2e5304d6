using System.Diagnostics;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;

namespace HubChat.Tests.Models.Fakes;

/// <summary>One chat request, what became of it, and the test's hold on its answer.</summary>
internal sealed class FakeRequest(HttpContext context, string body)
{
    private readonly TaskCompletionSource _aborted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Channel<string> _pieces = Channel.CreateUnbounded<string>();
    private int _piecesSent;

    public string Path { get; } = context.Request.Path;

    public IReadOnlyDictionary<string, string> Headers { get; } =
        context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);

    public string Body => body;

    public JsonElement Json { get; } = JsonElement.Parse(body);

    /// <summary>How many pieces were produced, seen by somebody or not.</summary>
    public int PiecesSent => Volatile.Read(ref _piecesSent);

    /// <summary>Completes when the server sees that the caller is gone.</summary>
    public Task WhenAborted => _aborted.Task;

    /// <summary>Completes when the server is through with it, one way or the other.</summary>
    public Task WhenAnswered => _answered.Task;

    /// <summary>When the server saw the caller go, as a <see cref="Stopwatch"/> timestamp.</summary>
    public long AbortedAt { get; private set; }

    public Task WhenReleased => _released.Task;

    public ChannelReader<string> Pieces => _pieces.Reader;

    /// <summary>The text of the last message of the user.</summary>
    public string LastUserText
    {
        get
        {
            var content = Json.GetProperty("messages").EnumerateArray().Last(message => message.GetProperty("role").GetString() == "user").GetProperty("content");
            return content.ValueKind == JsonValueKind.String
                ? content.GetString()!
                : string.Concat(content.EnumerateArray().Select(part => part.TryGetProperty("text", out var text) ? text.GetString() : ""));
        }
    }

    /// <summary>Lets an answer that stalls go on.</summary>
    public void Release() => _released.TrySetResult();

    /// <summary>The next piece of an answer that is live.</summary>
    public void Say(string text) => _pieces.Writer.TryWrite(text);

    /// <summary>Nothing more comes from the test: an answer that is live goes on with its script.</summary>
    public void EndLive() => _pieces.Writer.TryComplete();

    public void OnPiece() => Interlocked.Increment(ref _piecesSent);

    public void OnAborted()
    {
        if (!_aborted.Task.IsCompleted)
        {
            AbortedAt = Stopwatch.GetTimestamp();
            _aborted.TrySetResult();
        }
    }

    public void OnAnswered() => _answered.TrySetResult();
}
