using HubChat.Server.Ids;

namespace HubChat.Server.Identity;

/// <summary>A way in: a sign-in, an API key, or a browser that has signed in before. Its token is stored only as a hash.</summary>
internal sealed class Session
{
    public const int MaxNameLength = 100;

    public required SessionId Id { get; init; }

    public required UserId UserId { get; init; }

    public required SessionKind Kind { get; init; }

    /// <summary>SHA-256 of the token. The token is 256 random bits, so a slow hash would add nothing.</summary>
    public required byte[] TokenHash { get; init; }

    /// <summary>The device of a session, the name of a key.</summary>
    public required string Name { get; init; }

    /// <summary>The first characters of an API key, to recognise it by.</summary>
    public string? Prefix { get; init; }

    public required SessionScopes Scopes { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Kept to within a few minutes.</summary>
    public DateTimeOffset? LastUsedAt { get; set; }

    /// <summary>Null means until revoked.</summary>
    public DateTimeOffset? ExpiresAt { get; set; }
}
