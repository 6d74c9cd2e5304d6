using HubChat.Server.Ids;

namespace HubChat.Server.Realtime;

/// <summary>Whether an attempt at a reply is still the one that writes it, as the database knows: asked where Redis cannot say.</summary>
internal interface IAttemptFence
{
    /// <summary>False when another attempt has taken the reply, or it has ended. True too when nobody can be asked.</summary>
    Task<bool> MayWriteAsync(GenerationId id, long epoch, CancellationToken cancellationToken);
}
