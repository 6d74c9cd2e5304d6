namespace HubChat.Server.Identity.Signing;

/// <summary>A key that signs tokens for others than the session table: ES256, a curve P-256 (RFC 7518, section 3.4).</summary>
internal sealed class SigningKey
{
    /// <summary>A PKCS #8 of this curve has about 140 bytes.</summary>
    public const int MaxLength = 512;

    /// <summary>The <c>kid</c> of what it signs.</summary>
    public required Guid Id { get; init; }

    /// <summary>PKCS #8 (RFC 5208), DER.</summary>
    public required byte[] PrivateKey { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
}
