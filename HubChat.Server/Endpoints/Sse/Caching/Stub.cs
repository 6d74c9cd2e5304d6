using HubChat.Server.Ids;

namespace HubChat.Server.Endpoints.Sse.Caching;

internal interface IConversationCache
{
    bool MayHold { get; }

    Task<CacheLookup> FindHistoryAsync(ChatId chat, CancellationToken cancellationToken);

    Task StoreHistoryAsync(ChatId chat, byte[] body, long version, CancellationToken cancellationToken);

    Task<CacheLookup> FindListAsync(UserId user, string page, CancellationToken cancellationToken);

    Task StoreListAsync(UserId user, string page, byte[] body, long version, CancellationToken cancellationToken);

    Task InvalidateAsync(ChatId? history, IReadOnlyCollection<UserId> lists);
}

internal readonly record struct CacheLookup(byte[]? Body, long? Version);

internal sealed class NoCache : IConversationCache
{
    public bool MayHold => false;

    public Task<CacheLookup> FindHistoryAsync(ChatId chat, CancellationToken cancellationToken) => Task.FromResult(default(CacheLookup));

    public Task StoreHistoryAsync(ChatId chat, byte[] body, long version, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<CacheLookup> FindListAsync(UserId user, string page, CancellationToken cancellationToken) => Task.FromResult(default(CacheLookup));

    public Task StoreListAsync(UserId user, string page, byte[] body, long version, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task InvalidateAsync(ChatId? history, IReadOnlyCollection<UserId> lists) => Task.CompletedTask;
}

internal static class CachingSetup
{
    public static IServiceCollection AddConversationCache(this IServiceCollection services) => services.AddSingleton<IConversationCache, NoCache>();
}
