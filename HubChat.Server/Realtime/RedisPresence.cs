using HubChat.Server.Ids;
using HubChat.Server.Nodes;
using HubChat.Server.Redis;

namespace HubChat.Server.Realtime;

/// <summary>A sorted set per chat: <c>node person</c> by the moment, on the clock of Redis, until which it is believed.</summary>
internal sealed class RedisPresence(RedisConnection redis, NodeIdentity node, IBackplane backplane) : IPresence
{
    // KEYS: the set. ARGV: node, lease in seconds, people. Answers whether this node's people are others than before, and then all members.
    private const string Set = """
        local now = tonumber(redis.call('TIME')[1])
        redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
        local left = {}
        for _, member in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
          if string.sub(member, 1, #ARGV[1]) == ARGV[1] then
            left[member] = true
          end
        end
        local changed = 0
        for i = 3, #ARGV do
          local member = ARGV[1] .. ' ' .. ARGV[i]
          if not left[member] then
            changed = 1
          end
          left[member] = nil
          redis.call('ZADD', KEYS[1], now + ARGV[2], member)
        end
        for member in pairs(left) do
          changed = 1
          redis.call('ZREM', KEYS[1], member)
        end
        redis.call('EXPIRE', KEYS[1], ARGV[2])
        local all = redis.call('ZRANGE', KEYS[1], 0, -1)
        table.insert(all, 1, tostring(changed))
        return all
        """;

    public async Task<IReadOnlyList<UserId>?> SetAsync(ChatId chatId, IReadOnlyCollection<UserId> here)
    {
        var answer = await redis.EvaluateAsync(
            Set, [RedisKeys.Presence(chatId)], [node.Id.ToString(), (int)IPresence.Lease.TotalSeconds, .. here.Select(user => user.ToString())]);
        if (answer is null || (string[]?)answer is not [var changed, .. var members])
        {
            return null;
        }

        var seen = new PresenceSeen(chatId, [.. members.Select(Parse).OfType<PresentUser>()]);
        if (changed == "1")
        {
            backplane.Publish(seen);
        }

        return seen.ElsewhereThan(node);
    }

    private static PresentUser? Parse(string member) =>
        member.Split(' ') is [var at, var user] && Guid.TryParse(at, out var nodeId) && Guid.TryParse(user, out var userId)
            ? new PresentUser(nodeId, new UserId(userId))
            : null;
}
