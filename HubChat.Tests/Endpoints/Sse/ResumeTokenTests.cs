using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using HubChat.Server.Identity.Signing;
using HubChat.Server.Realtime;
using HubChat.Tests.App;
using HubChat.Tests.Endpoints.Auth;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Tokens;
using Xunit;

namespace HubChat.Tests.Endpoints.Sse;

/// <summary>Which resume tokens are taken, and in which order a resume is checked (docs/protocol/sse.md §6).</summary>
public sealed class ResumeTokenTests(SseClockWorld world) : IClassFixture<SseClockWorld>
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    private static readonly (int, string?) Invalid = (401, "invalid_resume_token");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Malformed =>
    [
        "nonsense", ".", "..", "...", "a.b", "a.b.c", "a.b.c.d.e", "eyJhbGciOiJFUzI1NiJ9", "eyJhbGciOiJFUzI1NiJ9.e30", "eyJhbGciOiJFUzI1NiJ9.e30.",
        "eyJhbGciOiJFUzI1NiJ9.e30.AAAA", "bnVsbA.bnVsbA.AAAA", "W10.W10.AAAA", "%00.%00.%00", "null", "undefined", "{}", "é.é.é", "eyJhbGciOiJFUzI1NiIsImtpZCI6MX0.e30.AAAA",
    ];

    [Fact]
    public async Task Token_says_what_is_written_down()
    {
        var frames = await world.AskAsync("Hello");
        var (header, payload) = Parts(SseWorld.TokenOf(frames));
        var asked = (long)frames[2].Json.GetProperty("input_message").GetProperty("create_time").GetDouble();

        Assert.Equal(["alg", "typ", "kid"], header.Select(member => member.Key));
        Assert.Equal(("ES256", "JWT"), ((string?)header["alg"], (string?)header["typ"]));
        Assert.Equal(["iss", "aud", "sub", "conversation_id", "turn_id", "message_id", "iat", "exp"], payload.Select(member => member.Key));
        Assert.Equal(("hubchat", "resume", world.Ada.Id), ((string?)payload["iss"], (string?)payload["aud"], (string?)payload["sub"]));
        Assert.Equal((SseWorld.ConversationOf(frames), SseWorld.ReplyOf(frames)), ((string?)payload["conversation_id"], (string?)payload["message_id"]));
        Assert.Equal((asked, asked + 7_200), ((long)payload["iat"]!, (long)payload["exp"]!));
        Assert.Equal(64, Base64UrlEncoder.DecodeBytes(SseWorld.TokenOf(frames).Split('.')[2]).Length);
    }

    [Fact]
    public async Task Missing_token_is_told_as_such()
    {
        var frames = await world.AskAsync("Hello");
        foreach (var token in new[] { null, "" })
        {
            Assert.Equal((401, "missing_resume_token"), await ResumeAsync(frames, token));
        }

        var body = SseWorld.ResumeBody(SseWorld.ConversationOf(frames), 0);
        foreach (var (given, code) in new (JsonNode?, string)[] { (null, "missing_resume_token"), (1, "invalid_resume_token"), (new JsonObject(), "invalid_resume_token"), (true, "invalid_resume_token") })
        {
            body["token"] = given;
            var answer = await world.PostAsync(SseWorld.ResumePath, body);
            Assert.Equal((401, code), Short(answer));
            Assert.Equal("Bearer", answer.Header("WWW-Authenticate"));
        }
    }

    [Theory]
    [MemberData(nameof(Malformed))]
    public async Task Malformed_token_is_invalid(string token)
    {
        var body = SseWorld.ResumeBody(SseWorld.ConversationOf(await world.AskAsync("Hello")), 0);
        body["token"] = token;

        Assert.Equal(Invalid, Short(await world.PostAsync(SseWorld.ResumePath, body)));
    }

    [Fact]
    public async Task Token_far_too_long_is_invalid()
    {
        var frames = await world.AskAsync("Hello");
        var body = SseWorld.ResumeBody(SseWorld.ConversationOf(frames), 0);
        body["token"] = SseWorld.TokenOf(frames) + new string('A', 100_000);

        Assert.Equal(Invalid, Short(await world.PostAsync(SseWorld.ResumePath, body)));
    }

    [Fact]
    public async Task Token_that_was_changed_anywhere_is_invalid()
    {
        var frames = await world.AskAsync("Hello");
        var token = SseWorld.TokenOf(frames);

        // The last character of a part has bits that stand for nothing; they may not be changed either.
        var ends = token.Select((character, at) => (character, at)).Where(one => one.character == '.').Select(one => one.at - 1).Append(token.Length - 1);
        foreach (var at in Enumerable.Range(0, token.Length / 7).Select(step => step * 7).Concat(ends))
        {
            foreach (var other in (at == token.Length - 1 ? Alphabet : "ABg_.=").Where(other => other != token[at]))
            {
                Assert.Equal(Invalid, await ResumeAsync(frames, token[..at] + other + token[(at + 1)..]));
            }
        }

        Assert.Equal(Invalid, await ResumeAsync(frames, token[..^4]));
        Assert.Equal(Invalid, await ResumeAsync(frames, token + "AAAA"));
        Assert.Equal((200, null), await ResumeAsync(frames, token));
    }

    [Fact]
    public async Task Other_algorithms_are_refused_whatever_the_header_says()
    {
        var frames = await world.AskAsync("Hello");
        var (header, payload) = Parts(SseWorld.TokenOf(frames));
        var key = await KeyAsync(frames);
        var spki = ((ECDsaSecurityKey)key.Verifier).ECDsa.ExportSubjectPublicKeyInfo();
        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var large = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var rsa = RSA.Create(2_048);
        var jwk = JsonWebKeyConverter.ConvertFromECDsaSecurityKey(new ECDsaSecurityKey(stranger));
        var secrets = new[]
        {
            [], spki, Encoding.ASCII.GetBytes(new string(PemEncoding.Write("PUBLIC KEY", spki))), Encoding.ASCII.GetBytes(Convert.ToBase64String(spki)),
            Encoding.ASCII.GetBytes((string)header["kid"]!),
        };

        var forged = new List<string>
        {
            Sign(With(header, "none"), payload, _ => []), Sign(With(header, "None"), payload, _ => []), Sign(With(header, "NONE"), payload, _ => []),
            Sign(With(header, ""), payload, data => key.Sign(data)), Sign(With(header, null), payload, data => key.Sign(data)), Sign(With(header, "es256"), payload, data => key.Sign(data)),
            Sign(With(header, "ES384"), payload, data => large.SignData(data, HashAlgorithmName.SHA384)),
            Sign(With(header, "RS256"), payload, data => rsa.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)),
            Sign(header, payload, data => stranger.SignData(data, HashAlgorithmName.SHA256)),
            Sign(header, payload, data => ToDer(key.Sign(data))),
            Sign(header, payload, _ => new byte[64]),
            Sign(Also(header, "jwk", JsonNode.Parse($$"""{"kty":"EC","crv":"P-256","x":"{{jwk.X}}","y":"{{jwk.Y}}"}""")), payload, data => stranger.SignData(data, HashAlgorithmName.SHA256)),
            Sign(Also(header, "jku", "http://127.0.0.1:1/keys"), payload, data => stranger.SignData(data, HashAlgorithmName.SHA256)),
        };
        forged.AddRange(secrets.Select(secret => Sign(With(header, "HS256"), payload, data => HMACSHA256.HashData(secret, data))));
        forged.AddRange(new[] { "", "unknown", "../../etc/passwd", "' OR 1=1 --", Guid.NewGuid().ToString("N") }.Select(kid => Sign(Also(header, "kid", kid), payload, data => key.Sign(data))));

        foreach (var token in forged)
        {
            Assert.Equal(Invalid, await ResumeAsync(frames, token));
        }

        // So that what was refused was refused for what is wrong with it.
        Assert.Equal((200, null), await ResumeAsync(frames, Sign(header, payload, data => key.Sign(data))));
    }

    [Fact]
    public async Task Token_for_another_use_is_invalid()
    {
        var frames = await world.AskAsync("Hello");
        var (header, payload) = Parts(SseWorld.TokenOf(frames));
        var key = await KeyAsync(frames);
        foreach (var (name, value) in new (string, JsonNode?)[]
        {
            ("aud", "login"), ("aud", null), ("aud", "Resume"), ("iss", "somebody"), ("iss", null), ("exp", null), ("exp", "later"), ("sub", null),
            ("conversation_id", null), ("turn_id", null), ("turn_id", "x"), ("turn_id", "x.1"), ("turn_id", $"{Guid.NewGuid()}"), ("turn_id", $"{Guid.NewGuid()}.-1"),
        })
        {
            Assert.Equal(Invalid, await ResumeAsync(frames, Sign(header, Also(payload, name, value), data => key.Sign(data))));
        }
    }

    [Fact]
    public async Task Token_is_no_way_in_and_a_way_in_is_no_token()
    {
        var frames = await world.AskAsync("Hello");
        var token = SseWorld.TokenOf(frames);

        Assert.Equal(Invalid, await ResumeAsync(frames, world.Ada.Token));
        var answer = await world.Client.GetAsync(SseWorld.List, token);
        Assert.Equal((401, "unauthorized"), Short(answer));
    }

    [Fact]
    public async Task Swapped_token_is_refused_without_saying_more()
    {
        var (adas, bobs) = (await world.AskAsync("Ada's"), await world.AskAsync("Bob's", user: world.Bob));
        var other = await world.AskAsync("Another of Ada's");
        var mismatch = (403, (string?)"resume_token_mismatch");

        Assert.Equal(mismatch, await ResumeAsync(adas, SseWorld.TokenOf(bobs)));
        Assert.Equal(mismatch, await ResumeAsync(bobs, SseWorld.TokenOf(adas), world.Bob));
        Assert.Equal(mismatch, await ResumeAsync(bobs, SseWorld.TokenOf(adas)));
        Assert.Equal(mismatch, await ResumeAsync(adas, SseWorld.TokenOf(other)));
        Assert.Equal((200, null), await ResumeAsync(other, SseWorld.TokenOf(other)));
    }

    [Fact]
    public async Task Participant_cannot_use_the_token_that_its_frames_show()
    {
        await using var hub = await world.Ada.ConnectAsync(Token);
        var chat = await hub.CreateChatAsync(Token, world.Bob);
        var frames = await world.AskAsync("Hello", chat);

        Assert.Equal((403, "resume_token_mismatch"), await ResumeAsync(frames, SseWorld.TokenOf(frames), world.Bob));
    }

    [Fact]
    public async Task Token_expires_to_the_second()
    {
        var (turn, stream) = await world.BeginAsync(SseWorld.Question("Hello"));
        await using var reading = stream;
        var frames = await reading.UntilAsync('A', Token);
        var expiry = DateTimeOffset.FromUnixTimeSeconds((long)Parts(SseWorld.TokenOf(frames)).Payload["exp"]!);
        turn.Say("Hi");
        turn.Finish();
        await reading.RestAsync(Token);

        world.Time.Advance(expiry - world.Time.GetUtcNow() - TimeSpan.FromMilliseconds(1));
        Assert.NotEqual((401, "resume_token_expired"), await ResumeAsync(frames, SseWorld.TokenOf(frames)));
        world.Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal((401, "resume_token_expired"), await ResumeAsync(frames, SseWorld.TokenOf(frames)));
    }

    [Fact]
    public async Task What_is_wrong_is_told_in_the_order_that_is_written_down()
    {
        var (adas, bobs) = (await world.AskAsync("Ada's"), await world.AskAsync("Bob's", user: world.Bob));
        var conversation = SseWorld.ConversationOf(adas);
        const long TooFar = 1_000;

        // An expired one of somebody else's, with an offset that is none: bearer, signature, expiry, whose, gone, offset.
        var (header, payload) = Parts(SseWorld.TokenOf(bobs));
        var key = await KeyAsync(bobs);
        var expired = Sign(header, Also(payload, "exp", (long)payload["iat"]! - 1), data => key.Sign(data));
        var forged = Sign(header, Also(payload, "exp", (long)payload["iat"]! - 1), _ => new byte[64]);
        Assert.Equal((401, "unauthorized"), Short(await PostAsync("nobody", conversation, TooFar, forged)));
        Assert.Equal((401, "missing_resume_token"), Short(await PostAsync(world.Ada.Token, "nonsense", TooFar, null)));
        Assert.Equal(Invalid, Short(await PostAsync(world.Ada.Token, "nonsense", TooFar, forged)));
        Assert.Equal((401, "resume_token_expired"), Short(await PostAsync(world.Ada.Token, conversation, TooFar, expired)));
        Assert.Equal((403, "resume_token_mismatch"), Short(await PostAsync(world.Ada.Token, conversation, TooFar, SseWorld.TokenOf(bobs))));
        Assert.Equal((400, "offset_out_of_range"), Short(await PostAsync(world.Ada.Token, conversation, TooFar, SseWorld.TokenOf(adas))));

        Assert.IsType<MemoryDeltaLog>(world.App.Services.GetRequiredService<IDeltaLog>()).Lose();
        Assert.Equal((410, "stream_expired"), Short(await PostAsync(world.Ada.Token, conversation, TooFar, SseWorld.TokenOf(adas))));
        Assert.Equal((403, "resume_token_mismatch"), Short(await PostAsync(world.Ada.Token, conversation, TooFar, SseWorld.TokenOf(bobs))));
    }

    [Fact]
    public async Task Frames_are_kept_for_ten_minutes_after_the_end_of_their_turn()
    {
        var frames = await world.AskAsync("Hello");
        world.Time.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromSeconds(1));
        await world.AskAsync("Another");
        Assert.Equal((200, null), await ResumeAsync(frames, SseWorld.TokenOf(frames)));

        world.Time.Advance(TimeSpan.FromSeconds(2));
        await world.AskAsync("Another");
        Assert.Equal((410, "stream_expired"), await ResumeAsync(frames, SseWorld.TokenOf(frames)));
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("\"1\"")]
    [InlineData("true")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("1e3")]
    [InlineData("9223372036854775807")]
    [InlineData("9223372036854775808")]
    [InlineData("1e400")]
    public async Task Offset_must_be_a_whole_number_of_frames(string offset)
    {
        var frames = await world.AskAsync("Hello");
        var before = await Stored.InAsync(world.App);

        var answer = await world.SendAsync(
            HttpMethod.Post, SseWorld.ResumePath, $$"""{"conversation_id":"{{SseWorld.ConversationOf(frames)}}","offset":{{offset}}}""", null,
            ("X-Conduit-Token", SseWorld.TokenOf(frames)));

        Assert.Equal((400, "offset_out_of_range", "offset"), SseWorld.RefusalOf(answer));
        Assert.Equal(before, await Stored.InAsync(world.App));
    }

    [Theory]
    [InlineData("x")]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("99999999999999999999")]
    [InlineData("1000")]
    public async Task So_must_the_id_of_an_event(string id)
    {
        var frames = await world.AskAsync("Hello");

        var answer = await world.PostAsync(
            SseWorld.ResumePath, SseWorld.ResumeBody(SseWorld.ConversationOf(frames), null), null, ("X-Conduit-Token", SseWorld.TokenOf(frames)), ("Last-Event-ID", id));

        Assert.Equal((400, "offset_out_of_range", "offset"), SseWorld.RefusalOf(answer));
    }

    private static (int, string?) Short(Answer answer) => SseWorld.RefusalOf(answer) is var (status, code, _) ? (status, code) : default;

    private async Task<(int, string?)> ResumeAsync(List<SseFrame> frames, string? token, TestUser? user = null)
    {
        var answer = await PostAsync((user ?? world.Ada).Token, SseWorld.ConversationOf(frames), 0, token);
        return (int)answer.Status == 200 ? (200, null) : Short(answer);
    }

    private Task<Answer> PostAsync(string bearer, string conversation, long offset, string? token) => world.Client.SendAsync(
        HttpMethod.Post,
        SseWorld.ResumePath,
        new StringContent(SseWorld.ResumeBody(conversation, offset).ToJsonString(), Encoding.UTF8, "application/json"),
        bearer,
        token is null ? [] : [("X-Conduit-Token", token)]);

    /// <summary>The server's own key of a token: the worst forger there could be.</summary>
    private async Task<RingKey> KeyAsync(List<SseFrame> frames) =>
        (await world.App.Services.GetRequiredService<KeyRing>().FindAsync((string?)Parts(SseWorld.TokenOf(frames)).Header["kid"], Token))!;

    private static (JsonObject Header, JsonObject Payload) Parts(string token)
    {
        var parts = token.Split('.').Take(2).Select(part => JsonNode.Parse(Base64UrlEncoder.DecodeBytes(part))!.AsObject()).ToList();
        return (parts[0], parts[1]);
    }

    private static JsonObject With(JsonObject header, string? algorithm) => Also(header, "alg", algorithm);

    private static JsonObject Also(JsonObject part, string name, JsonNode? value)
    {
        var changed = part.DeepClone().AsObject();
        if (value is null)
        {
            changed.Remove(name);
        }
        else
        {
            changed[name] = value;
        }

        return changed;
    }

    private static string Sign(JsonObject header, JsonObject payload, Func<byte[], byte[]> sign)
    {
        var signed = $"{Encode(header)}.{Encode(payload)}";
        return $"{signed}.{Base64UrlEncoder.Encode(sign(Encoding.ASCII.GetBytes(signed)))}";
    }

    private static string Encode(JsonObject part) => Base64UrlEncoder.Encode(JsonSerializer.SerializeToUtf8Bytes(part));

    /// <summary>The same signature as X.509 writes it.</summary>
    private static byte[] ToDer(byte[] signature)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteIntegerUnsigned(signature[..32].SkipWhile(octet => octet == 0).ToArray());
            writer.WriteIntegerUnsigned(signature[32..].SkipWhile(octet => octet == 0).ToArray());
        }

        return writer.Encode();
    }
}
