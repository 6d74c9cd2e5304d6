using HubChat.Server.Ids;

namespace HubChat.Server.Audit;

/// <summary>What is to be written down: ids and fixed words, never a name, a text or a secret, because nothing is ever taken out again.</summary>
/// <param name="ActorId">Who did it.</param>
/// <param name="Action">One of <see cref="AuditActions"/>.</param>
/// <param name="SubjectId">To what: a person, a key, a session, a chat or a reply.</param>
/// <param name="Detail">What the action alone does not say, such as the new role.</param>
internal sealed record AuditRecord(UserId? ActorId, string Action, Guid? SubjectId = null, string? Detail = null);
