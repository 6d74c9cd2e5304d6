using System.Globalization;
using HubChat.Server.Ids;
using HubChat.Server.Nodes;
using HubChat.Server.Redis;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace HubChat.Server.Realtime;

/// <summary>
/// Delta logs as Redis keeps them: a stream per reply whose ids are <c>epoch-number</c>. The newest id is the fence and the counter in
/// one: an older attempt is refused, and who comes with a number that does not follow is told where the stream stands.
/// </summary>
internal sealed class DeltaStream(RedisConnection redis, NodeIdentity node, IOptions<RealtimeOptions> options)
{
    private const int PageSize = 500;

    // KEYS: the stream. ARGV: epoch, first number, lifetime in seconds, channel, message, entries.
    // Answers -1 when a later attempt has begun, else the newest number of this one: where it is less than the first number - 1, nothing was added.
    private const string Append = """
        local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
        local epoch, number = 0, 0
        if newest then
          epoch, number = string.match(newest[1], '^(%d+)-(%d+)$')
          epoch, number = tonumber(epoch), tonumber(number)
        end
        local wanted, first = tonumber(ARGV[1]), tonumber(ARGV[2])
        if epoch > wanted then
          return -1
        end
        if epoch < wanted then
          if first ~= 1 then
            return 0
          end
          redis.call('DEL', KEYS[1])
          number = 0
        end
        if first > number + 1 then
          return number
        end
        for i = 6, #ARGV do
          local at = first + i - 6
          if at > number then
            redis.call('XADD', KEYS[1], ARGV[1] .. '-' .. at, 'e', ARGV[i])
            number = at
          end
        end
        redis.call('EXPIRE', KEYS[1], ARGV[3])
        redis.call('PUBLISH', ARGV[4], ARGV[5])
        return number
        """;

    /// <summary>The attempt's entries were refused: a later one has begun.</summary>
    public const long Stale = -1;

    /// <summary>Whether anything can be written now.</summary>
    public bool IsAvailable => redis.IsAvailable;

    /// <summary>Adds entries and tells those who follow the chat.</summary>
    /// <returns>The newest number of this attempt in the stream, <see cref="Stale"/>, or null when Redis could not be asked.</returns>
    public async Task<long?> AppendAsync(ReplyOrigin reply, long epoch, long firstNumber, IReadOnlyList<LogEntry> entries)
    {
        var message = new EntriesAppended(reply.ChatId, reply.GenerationId, epoch, firstNumber, entries) { Sender = node.Id };
        RedisValue[] arguments =
        [
            epoch, firstNumber, (long)options.Value.DeltaRetention.TotalSeconds, RedisKeys.ChatChannel(reply.ChatId).ToString(), message.ToJson(),
            .. entries.Select(entry => (RedisValue)entry.ToJson()),
        ];
        return await redis.EvaluateAsync(Append, [RedisKeys.Deltas(reply.GenerationId)], arguments) is { } number ? (long)number : null;
    }

    /// <summary>The entries after a place; null when Redis could not be asked.</summary>
    public async Task<IReadOnlyList<(long Epoch, long Number, LogEntry Entry)>?> ReadAsync(GenerationId id, long epoch, long afterNumber)
    {
        var read = new List<(long, long, LogEntry)>();
        var isRead = await redis.TryAsync(async database =>
        {
            var after = string.Create(CultureInfo.InvariantCulture, $"({epoch}-{afterNumber}");
            while (true)
            {
                var page = (RedisResult[]?)await database.ExecuteAsync(
                    "XRANGE", RedisKeys.Deltas(id), epoch == 0 && read.Count == 0 ? "-" : after, "+", "COUNT", PageSize) ?? [];
                foreach (var item in page)
                {
                    var (place, fields) = ((string)item[0]!, (RedisValue[])item[1]!);
                    after = "(" + place;
                    if (Parse(place) is var (itemEpoch, number) && fields is [_, var json] && LogEntry.FromJson(json!) is { } entry)
                    {
                        read.Add((itemEpoch, number, entry));
                    }
                }

                if (page.Length < PageSize)
                {
                    return;
                }
            }
        });
        return isRead ? read : null;
    }

    private static (long Epoch, long Number)? Parse(string id) =>
        id.Split('-') is [var epoch, var number]
            && long.TryParse(epoch, NumberStyles.None, CultureInfo.InvariantCulture, out var parsedEpoch)
            && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var parsedNumber)
            ? (parsedEpoch, parsedNumber)
            : null;
}
