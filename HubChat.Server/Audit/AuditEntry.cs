using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using HubChat.Server.Ids;

namespace HubChat.Server.Audit;

/// <summary>One line of the audit log. Its hash covers all of it and the hash before it, so that no line changes or vanishes unseen.</summary>
internal sealed class AuditEntry
{
    public const int MaxActionLength = 64;
    public const int MaxDetailLength = 500;

    /// <summary>1, 2, 3 and so on without holes.</summary>
    public required long Seq { get; init; }

    /// <summary>In whole milliseconds: every database gives them back exactly, and the hash depends on them.</summary>
    public required DateTimeOffset At { get; init; }

    public required UserId? ActorId { get; init; }

    public required string Action { get; init; }

    public required Guid? SubjectId { get; init; }

    public required string? Detail { get; init; }

    /// <summary>The hash of the line before; zeros in the first.</summary>
    public required byte[] PreviousHash { get; init; }

    public byte[] Hash { get; private set; } = [];

    /// <summary>The line that comes after <paramref name="last"/>.</summary>
    public static AuditEntry Next(AuditEntry? last, AuditRecord record, DateTimeOffset at)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(record.Action.Length, MaxActionLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(record.Detail?.Length ?? 0, MaxDetailLength);
        var entry = new AuditEntry
        {
            Seq = (last?.Seq ?? 0) + 1,
            At = DateTimeOffset.FromUnixTimeMilliseconds(at.ToUnixTimeMilliseconds()),
            ActorId = record.ActorId,
            Action = record.Action,
            SubjectId = record.SubjectId,
            Detail = record.Detail,
            PreviousHash = last?.Hash ?? new byte[SHA256.HashSizeInBytes],
        };
        entry.Hash = entry.ComputeHash();
        return entry;
    }

    /// <summary>Whether this line is as it was written, and is what was written after <paramref name="last"/>.</summary>
    public bool Follows(AuditEntry? last) =>
        Seq == (last?.Seq ?? 0) + 1
        && PreviousHash.AsSpan().SequenceEqual(last?.Hash ?? new byte[SHA256.HashSizeInBytes])
        && Hash.AsSpan().SequenceEqual(ComputeHash());

    /// <summary>Every field begins with its length or has a fixed one: no two lines are the same bytes.</summary>
    private byte[] ComputeHash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(PreviousHash);
        Append(hash, Seq);
        Append(hash, At.ToUnixTimeMilliseconds());
        Append(hash, ActorId?.ToString());
        Append(hash, Action);
        Append(hash, SubjectId?.ToString());
        Append(hash, Detail);
        return hash.GetHashAndReset();
    }

    private static void Append(IncrementalHash hash, string? text)
    {
        var bytes = text is null ? [] : Encoding.UTF8.GetBytes(text);
        Append(hash, text is null ? -1 : bytes.Length);
        hash.AppendData(bytes);
    }

    private static void Append(IncrementalHash hash, long number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, number);
        hash.AppendData(bytes);
    }
}
