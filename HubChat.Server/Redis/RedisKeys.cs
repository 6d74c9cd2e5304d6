using HubChat.Server.Ids;
using StackExchange.Redis;

namespace HubChat.Server.Redis;

/// <summary>
/// All keys and channels. What is in braces decides where Redis Cluster keeps a key; what one script touches has the same there. Histories
/// and lists have the names that clients of this kind of server have always known, without braces: their counters have the whole of such a
/// name in theirs, and so lie beside them. All others begin with <c>hubchat:</c>.
/// </summary>
internal static class RedisKeys
{
    /// <summary>Patterns of the keys under which answers are kept, for <c>SCAN</c>.</summary>
    public static IReadOnlyList<RedisValue> AllKept { get; } = ["conv:*:history", "user:*:conversation_list"];

    /// <summary>A string: the history of a conversation as it is answered.</summary>
    public static RedisKey History(ChatId chat) => $"conv:{chat}:history";

    /// <summary>A counter of the changes to a history.</summary>
    public static RedisKey HistoryVersion(ChatId chat) => $"{{{History(chat)}}}:ver";

    /// <summary>A hash: the pages of a person's list as they are answered.</summary>
    public static RedisKey List(UserId user) => $"user:{user}:conversation_list";

    /// <summary>A counter of the changes to a list.</summary>
    public static RedisKey ListVersion(UserId user) => $"{{{List(user)}}}:ver";

    /// <summary>A string: since when usage is counted, in microseconds since 1970. It is as old as the counters.</summary>
    public static RedisKey UsageSince => "hubchat:{usage}:since";

    /// <summary>A string: the <see cref="UsageSince"/> whose counters have been told what was before.</summary>
    public static RedisKey UsageRestored => "hubchat:{usage}:restored";

    /// <summary>A string that is written to see whether Redis takes anything.</summary>
    public static RedisKey Probe => "hubchat:probe";

    /// <summary>The same where there are several masters: each number leads to one of them.</summary>
    public static RedisKey ProbeOf(int number) => $"hubchat:{{{number}}}:probe";

    /// <summary>A stream: the deltas of a reply.</summary>
    public static RedisKey Deltas(GenerationId generation) => $"hubchat:{{{generation}}}:deltas";

    /// <summary>A sorted set: who watches a chat where, by when that is not believed any more.</summary>
    public static RedisKey Presence(ChatId chat) => $"hubchat:{{{chat}}}:presence";

    /// <summary>What nodes tell each other about a chat. Routed like a key: what one says goes through one master, and keeps its order.</summary>
    public static RedisChannel ChatChannel(ChatId chat) => RedisChannel.Literal($"hubchat:{{{chat}}}:feed").WithKeyRouting();

    /// <summary>What nodes tell each other about everything else.</summary>
    public static RedisChannel NodesChannel => RedisChannel.Literal("hubchat:nodes").WithKeyRouting();

    /// <summary>
    /// A hash, or for what runs now a sorted set: how much of a meter somebody has used. One taking touches several: they all lie in one place.
    /// </summary>
    public static RedisKey Usage(string subject, string meter, TimeSpan window) => $"hubchat:{{usage}}:{subject}:{meter}:{(long)window.TotalSeconds}";

    /// <summary>A string: the session that a ticket stands for.</summary>
    /// <param name="hash">Of the ticket.</param>
    public static RedisKey Ticket(string hash) => $"hubchat:{{ticket:{hash}}}";

    /// <summary>A hash: how often signing in was tried lately.</summary>
    /// <param name="kind"><c>address</c> or <c>account</c>.</param>
    /// <param name="hash">Of whom; nobody's name.</param>
    public static RedisKey SignIns(string kind, string hash) => $"hubchat:{{{kind}:{hash}}}:signins";
}
