using System.Collections.Concurrent;
using HubChat.Server.Ids;
using HubChat.Server.Nodes;
using HubChat.Server.Redis;
using StackExchange.Redis;

namespace HubChat.Server.Realtime;

/// <summary>
/// Nodes tell each other through Redis: one channel per chat, to which a node listens while somebody follows the chat there, and one for
/// what concerns all.
/// </summary>
internal sealed class RedisBackplane : IBackplane
{
    private readonly ConcurrentDictionary<RedisChannel, Lazy<Task<bool>>> _followed = new();
    private readonly RedisConnection _redis;
    private readonly NodeIdentity _node;

    public RedisBackplane(RedisConnection redis, NodeIdentity node)
    {
        (_redis, _node) = (redis, node);
        redis.Returned += OnReturned;
        _ = FollowAsync(RedisKeys.NodesChannel);
    }

    public event Action<BackplaneMessage>? Received;

    public event Action? Returned;

    public bool IsConnected => _redis.IsAvailable;

    public void Publish(BackplaneMessage message)
    {
        if (_redis.Database is { } database)
        {
            var channel = message.ChatId is { } chatId ? RedisKeys.ChatChannel(chatId) : RedisKeys.NodesChannel;
            database.Publish(channel, (message with { Sender = _node.Id }).ToJson(), CommandFlags.FireAndForget);
        }
    }

    public Task FollowAsync(ChatId chatId) => FollowAsync(RedisKeys.ChatChannel(chatId));

    public void Unfollow(ChatId chatId)
    {
        var channel = RedisKeys.ChatChannel(chatId);
        if (_followed.TryRemove(channel, out _))
        {
            _redis.Subscriber?.Unsubscribe(channel, flags: CommandFlags.FireAndForget);
        }
    }

    private Task<bool> FollowAsync(RedisChannel channel) =>
        _followed.GetOrAdd(channel, channel => new Lazy<Task<bool>>(() => SubscribeAsync(channel))).Value;

    private async Task<bool> SubscribeAsync(RedisChannel channel)
    {
        if (!_redis.IsAvailable || _redis.Subscriber is not { } subscriber)
        {
            return false;
        }

        try
        {
            // Such a queue hands its messages over one by one, in their order.
            var messages = await subscriber.SubscribeAsync(channel);
            messages.OnMessage(message => Receive(message.Message));
            return true;
        }
        catch (Exception exception) when (RedisConnection.IsFailure(exception))
        {
            _redis.Failed(exception);
            return false;
        }
    }

    private void Receive(RedisValue json)
    {
        if (BackplaneMessage.FromJson((string?)json ?? "") is { } message && message.Sender != _node.Id)
        {
            Received?.Invoke(message);
        }
    }

    /// <summary>What was subscribed the connection subscribes again by itself; what could not be is subscribed now.</summary>
    private void OnReturned()
    {
        foreach (var (channel, subscription) in _followed)
        {
            if (subscription is { IsValueCreated: true, Value: { IsCompletedSuccessfully: true, Result: false } }
                && _followed.TryRemove(new KeyValuePair<RedisChannel, Lazy<Task<bool>>>(channel, subscription)))
            {
                _ = FollowAsync(channel);
            }
        }

        Returned?.Invoke();
    }
}
