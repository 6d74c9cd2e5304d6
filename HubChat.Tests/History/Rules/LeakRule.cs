namespace HubChat.Tests.History.Rules;

/// <summary>Holds what every client received against who was in the chat, by the chat's own log.</summary>
internal static class LeakRule
{
    public static IEnumerable<Violation> Check(HistoryRun run)
    {
        var access = run.Chats.Values.ToDictionary(chat => chat.Id, chat => new ChatMembership(run, chat));
        var markers = run.Records.Where(record => record is { Kind: RecordKind.Marker, Chat: not null, Text.Length: > 0 }).ToArray();

        foreach (var record in run.Records.Where(record => record is { Client: not null } && IsReceived(record.Kind)))
        {
            if (record.Chat is { } chat && access.TryGetValue(chat, out var own) && own.Refuses(record))
            {
                yield return Broken(record, chat, $"received a {record.Kind} without the right to it");
            }

            foreach (var marker in markers)
            {
                if (marker.Chat != record.Chat
                    && record.Text?.Contains(marker.Text!, StringComparison.Ordinal) == true
                    && access.TryGetValue(marker.Chat!, out var other) && !other.WasEverIn(record.Reader))
                {
                    yield return Broken(record, marker.Chat, $"received the marker of this chat in chat {record.Chat}");
                }
            }
        }
    }

    private static bool IsReceived(RecordKind kind) => kind
        is RecordKind.Snapshot or RecordKind.Event or RecordKind.Reset or RecordKind.Delta or RecordKind.Done or RecordKind.Stored
        or RecordKind.Resync or RecordKind.Top;

    private static Violation Broken(HistoryRecord record, string? chat, string what) =>
        new(Rule.Leak, chat, record.Client, $"{record.Reader} {what} (event {record.Seq?.ToString() ?? "-"}, generation {record.Gen ?? "-"}).");
}
