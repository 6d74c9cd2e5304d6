namespace HubChat.Tests.History.Rules;

/// <summary>The database's own numbers.</summary>
internal static class GapFreeRule
{
    public static IEnumerable<Violation> Check(HistoryRun run) => run.Chats.Values.SelectMany(chat => CheckChat(chat, run.Options.Skipped));

    private static IEnumerable<Violation> CheckChat(FinalChat chat, long skipped)
    {
        Violation Broken(string sentence) => new(Rule.GapFree, chat.Id, null, sentence);

        var expected = 1L;
        foreach (var seq in chat.Events.Select(one => one.Seq).Order())
        {
            if (seq < expected)
            {
                yield return Broken($"Number {seq} is given to more than one event.");
            }
            else if (skipped > 0 && seq == expected + skipped)
            {
                skipped = 0;
            }
            else if (seq > expected)
            {
                yield return Broken($"The event before {seq} is {expected - 1}.");
            }

            expected = seq + 1;
        }

        var numbers = chat.Events.Select(one => one.Seq).ToHashSet();
        foreach (var messages in chat.Messages.GroupBy(message => message.Seq))
        {
            if (messages.Count() > 1)
            {
                yield return Broken($"Number {messages.Key} is given to more than one message.");
            }
            else if (messages.Key < 1 || messages.Key > numbers.DefaultIfEmpty().Max())
            {
                yield return Broken($"Message {messages.First().Id} has number {messages.Key}, which no event has.");
            }
        }
    }
}
