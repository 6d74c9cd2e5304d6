using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.Utilities;

namespace HubChat.Server.Identity.Signing;

/// <summary>A signing key ready for use.</summary>
internal sealed class RingKey
{
    private const int HalfLength = 32;
    private readonly ECPrivateKeyParameters _private;

    public RingKey(SigningKey key)
    {
        (Id, CreatedAt) = (key.Id.ToString("N"), key.CreatedAt);
        _private = (ECPrivateKeyParameters)PrivateKeyFactory.CreateKey(key.PrivateKey);
        using var pair = ECDsa.Create();
        pair.ImportPkcs8PrivateKey(key.PrivateKey, out _);
        Verifier = new ECDsaSecurityKey(ECDsa.Create(pair.ExportParameters(includePrivateParameters: false))) { KeyId = Id };
    }

    /// <summary>The <c>kid</c>.</summary>
    public string Id { get; }

    public DateTimeOffset CreatedAt { get; }

    /// <summary>The public half.</summary>
    public SecurityKey Verifier { get; }

    public static SigningKey New(DateTimeOffset now)
    {
        using var pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new SigningKey { Id = Guid.CreateVersion7(now), PrivateKey = pair.ExportPkcs8PrivateKey(), CreatedAt = now };
    }

    /// <summary>
    /// ES256 (RFC 7518, section 3.4): r and s, 32 bytes each. The nonce is taken from the key and the data (RFC 6979): the same data always
    /// has the same signature.
    /// </summary>
    public byte[] Sign(ReadOnlySpan<byte> data)
    {
        var signer = new ECDsaSigner(new HMacDsaKCalculator(new Sha256Digest()));
        signer.Init(forSigning: true, _private);
        var halves = signer.GenerateSignature(SHA256.HashData(data));
        return [.. BigIntegers.AsUnsignedByteArray(HalfLength, halves[0]), .. BigIntegers.AsUnsignedByteArray(HalfLength, halves[1])];
    }
}
