using HubChat.Client.Sample.Contract;
using HubChat.Tests.History;

namespace HubChat.Tests.Faults;

/// <summary>What a client received, in the words of a history.</summary>
internal static class ReceivedRecords
{
    public static IEnumerable<HistoryRecord> Of(WatchResult answer)
    {
        if (answer.Snapshot is not { } snapshot)
        {
            return [.. (answer.Events ?? []).SelectMany(Of), .. (answer.Replies ?? []).Select(Of)];
        }

        var replies = snapshot.Messages.Where(message => message.GenerationId is not null);
        return
        [
            new HistoryRecord { Kind = RecordKind.Snapshot, Seq = answer.Position.Seq },
            .. replies.Select(reply => Of(reply, answer.Position)).OfType<HistoryRecord>(),
        ];
    }

    public static IEnumerable<HistoryRecord> Of(ChatUpdate update) => update.Kind switch
    {
        "event" => Of(update.Event!),
        "reset" or "delta" or "done" => [Of(update.ToReplyDelta())],
        "top" => [new HistoryRecord { Kind = RecordKind.Top, Seq = update.Seq }],
        "resync" => [new HistoryRecord { Kind = RecordKind.Resync }, .. Of(update.Watch!)],
        "closed" => [new HistoryRecord { Kind = RecordKind.Closed, State = update.Reason }],
        _ => [],
    };

    private static IEnumerable<HistoryRecord> Of(ChatEvent happened)
    {
        yield return new HistoryRecord
        {
            Kind = RecordKind.Event,
            Seq = happened.Seq,
            Type = happened.Type,
            Message = happened.Message?.Id ?? happened.MessageId,
            Gen = happened.GenerationId,
            Epoch = (int?)happened.Epoch,
        };
        if (happened is { Type: "generation.completed", Message: { } reply })
        {
            yield return Stored(reply);
        }
    }

    private static HistoryRecord Of(ReplyDelta delta) => new()
    {
        Kind = delta.Kind switch
        {
            "reset" => RecordKind.Reset,
            "delta" => RecordKind.Delta,
            "done" => RecordKind.Done,
            var kind => throw new InvalidDataException($"A watch brought a {kind}."),
        },
        Gen = delta.GenerationId,
        Message = delta.MessageId,
        Epoch = (int)delta.Epoch,
        Off = delta.Kind == "delta" ? (int)delta.Off : null,
        Text = delta.Text,
        State = delta.State,
        Length = delta.Kind == "done" ? (int)delta.Length : null,
        Hash = delta.Hash,
    };

    private static HistoryRecord? Of(Message reply, Position position) =>
        !reply.IsUnfinished ? Stored(reply)
        : position.Generations.FirstOrDefault(one => one.Id == reply.GenerationId) is { } running ? new HistoryRecord
        {
            Kind = RecordKind.Reset,
            Gen = reply.GenerationId,
            Message = reply.Id,
            Epoch = (int)running.Epoch,
            Text = reply.Text,
        }
        : null;

    private static HistoryRecord Stored(Message reply) => new()
    {
        Kind = RecordKind.Stored,
        Gen = reply.GenerationId,
        Message = reply.Id,
        Text = reply.Text,
        State = reply.State,
    };
}
