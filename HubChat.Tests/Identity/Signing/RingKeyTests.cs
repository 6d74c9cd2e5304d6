using System.Security.Cryptography;
using System.Text;
using HubChat.Server.Identity.Signing;
using Microsoft.IdentityModel.Tokens;
using Xunit;

namespace HubChat.Tests.Identity.Signing;

public sealed class RingKeyTests
{
    // RFC 6979, appendix A.2.5: the key and the signatures of P-256 with SHA-256.
    private const string PrivateKey = "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721";
    private const string X = "60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6";
    private const string Y = "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299";

    [Theory]
    [InlineData("sample", "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716", "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8")]
    [InlineData("test", "F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367", "019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083")]
    public void Signature_is_that_of_the_standard(string message, string r, string s)
    {
        using var pair = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            D = Convert.FromHexString(PrivateKey),
            Q = new ECPoint { X = Convert.FromHexString(X), Y = Convert.FromHexString(Y) },
        });
        var key = new RingKey(new SigningKey { Id = Guid.NewGuid(), PrivateKey = pair.ExportPkcs8PrivateKey(), CreatedAt = default });

        Assert.Equal(r + s, Convert.ToHexString(key.Sign(Encoding.ASCII.GetBytes(message))));
    }

    [Fact]
    public void Signatures_are_of_one_length_repeatable_and_good()
    {
        var key = new RingKey(RingKey.New(DateTimeOffset.UtcNow));
        var verifier = ((ECDsaSecurityKey)key.Verifier).ECDsa;

        // Some of them have leading zeros, which must stay.
        for (var i = 0; i < 1_000; i++)
        {
            var data = BitConverter.GetBytes(i);
            var signature = key.Sign(data);

            Assert.Equal(64, signature.Length);
            Assert.True(verifier.VerifyData(data, signature, HashAlgorithmName.SHA256));
            Assert.Equal(signature, key.Sign(data));
        }
    }

    [Fact]
    public void Public_half_cannot_sign()
    {
        var key = new RingKey(RingKey.New(DateTimeOffset.UtcNow));

        Assert.ThrowsAny<CryptographicException>(() => ((ECDsaSecurityKey)key.Verifier).ECDsa.SignData([1], HashAlgorithmName.SHA256));
    }
}
