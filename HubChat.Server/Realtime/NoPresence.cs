using HubChat.Server.Ids;

namespace HubChat.Server.Realtime;

/// <summary>There is one node.</summary>
internal sealed class NoPresence : IPresence
{
    public Task<IReadOnlyList<UserId>?> SetAsync(ChatId chatId, IReadOnlyCollection<UserId> here) => Task.FromResult<IReadOnlyList<UserId>?>([]);
}
