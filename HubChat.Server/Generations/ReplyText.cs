using System.Text;
using HubChat.Server.Chats;
using HubChat.Server.Chats.Watching;
using HubChat.Server.Diagnostics;
using HubChat.Server.Realtime;

namespace HubChat.Server.Generations;

/// <summary>A reply's text as it grows: appended to the log first, shown second.</summary>
internal sealed class ReplyText(Generation generation, long startedSeq, IDeltaLog log, ChatFeed feed, IFailpoints failpoints, TimeProvider time)
{
    // The first entry is the text that was there before.
    private const int FirstText = 2;

    private readonly StringBuilder _text = new(generation.Prefix);
    private readonly StringBuilder _unsent = new();

    public int Length => _text.Length;

    public bool HasUnsent => _unsent.Length > 0;

    public bool HasNew => _text.Length > generation.Prefix.Length;

    public async Task OpenAsync(CancellationToken cancellationToken) =>
        Show(await log.OpenAsync(generation.Origin with { AnnouncedSeq = startedSeq }, generation.Epoch, generation.Prefix, cancellationToken));

    /// <summary>Takes text of the model without showing it yet.</summary>
    public void Add(string text)
    {
        _text.Append(text);
        _unsent.Append(text);
    }

    /// <summary>Shows what has been added.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        if (_unsent.Length == 0)
        {
            return;
        }

        var delta = await log.AppendAsync(generation.Id, generation.Epoch, _unsent.ToString(), cancellationToken);
        _unsent.Clear();
        failpoints.Hit(Failpoint.AfterAppendBeforePublish);
        Show(delta);
        HubTelemetry.DeltasAppended.Add(1);
        if (delta is { Epoch: 1, Number: FirstText })
        {
            HubTelemetry.TimeToFirstToken.RecordSince(generation.CreatedAt, time);
        }
    }

    /// <summary>Shows how it ended.</summary>
    public async Task SealAsync(ReplyOutcome outcome, CancellationToken cancellationToken)
    {
        var end = DeltaEnd.Of(WireNames.Of(outcome.State), _text.ToString(), outcome.ErrorCode, outcome.RetryAt, outcome.FinishReason);
        Show(await log.SealAsync(generation.Id, generation.Epoch, end, cancellationToken));
    }

    /// <summary>Says what came of it besides the text, once nothing more will.</summary>
    public async Task CloseAsync(string? title, CancellationToken cancellationToken) =>
        await log.CloseAsync(generation.Id, generation.Epoch, title, cancellationToken);

    public override string ToString() => _text.ToString();

    private void Show(Delta delta) => feed.Publish(new DeltaUpdate(generation.ChatId, delta));
}
