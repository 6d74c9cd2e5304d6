using System.Reflection;
using HubChat.Server.Chats;
using HubChat.Server.Endpoints.Sse.Caching;
using HubChat.Server.Ids;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Xunit;

namespace HubChat.Tests.Endpoints.Sse.Caching;

public sealed class CacheInvalidationTests
{
    [Fact]
    public async Task Change_whose_people_cannot_be_read_fails_nobody_and_drops_everything()
    {
        using var cache = new MemoryConversationCache(Options.Create(new CachingOptions()), TimeProvider.System);
        var (chat, other) = (TypedId.New<ChatId>(TimeProvider.System), TypedId.New<UserId>(TimeProvider.System));
        await cache.StoreHistoryAsync(chat, [1], (await cache.FindHistoryAsync(chat)).Version!.Value);
        await cache.StoreListAsync(other, "0:20:updated:false", [1], (await cache.FindListAsync(other, "0:20:updated:false")).Version!.Value);
        var invalidation = new CacheInvalidation(cache, DispatchProxy.Create<IChatStore, BrokenStore>(), NullLogger<CacheInvalidation>.Instance);
        var posted = new ChatEvent { ChatId = chat, Seq = 1, Type = ChatEventType.MessagePosted, At = DateTimeOffset.UnixEpoch };

        await invalidation.OnChangedAsync(chat, [new ChatEventView(posted, null, null)]);

        Assert.Null((await cache.FindHistoryAsync(chat)).Body);
        Assert.Null((await cache.FindListAsync(other, "0:20:updated:false")).Body);
    }

    /// <summary>A database that has just gone away.</summary>
    public class BrokenStore : DispatchProxy
    {
        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => throw new IOException("The disk is gone.");
    }
}
