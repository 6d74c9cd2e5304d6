using HubChat.Server.Ids;

namespace HubChat.Server.Usage;

/// <summary>On whose account a model is called.</summary>
/// <param name="User">Who asks.</param>
/// <param name="Key">With which API key; null for somebody who is signed in.</param>
/// <param name="Chat">In which chat; null outside any.</param>
internal sealed record UsageSubject(UserId User, SessionId? Key, ChatId? Chat);
