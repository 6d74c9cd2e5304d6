using HubChat.Server.Ids;

namespace HubChat.Server.Realtime;

/// <summary>Who watches a chat at which node. What a node has said is believed for a while only: one that was killed takes nothing back.</summary>
internal interface IPresence
{
    /// <summary>Says who watches a chat here, which has to be said again within <see cref="RenewEvery"/>.</summary>
    /// <returns>Who watches it at other nodes; null when that cannot be known now.</returns>
    Task<IReadOnlyList<UserId>?> SetAsync(ChatId chatId, IReadOnlyCollection<UserId> here);

    static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(10);

    /// <summary>How long it is believed.</summary>
    static readonly TimeSpan Lease = 3 * RenewEvery;
}
