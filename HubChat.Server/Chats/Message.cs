using System.Security.Cryptography;
using System.Text;
using HubChat.Server.Ids;

namespace HubChat.Server.Chats;

/// <summary>A stored utterance of a person or of the assistant.</summary>
internal sealed class Message
{
    public const int MaxExternalIdLength = 128;

    public required MessageId Id { get; init; }

    public required ChatId ChatId { get; init; }

    /// <summary>The event that brought the message.</summary>
    public long Seq { get; set; }

    /// <summary>The event that last changed it: what an edit is checked against.</summary>
    public long ChangedSeq { get; set; }

    public required MessageRole Role { get; init; }

    /// <summary>The person who wrote it, or for whom the assistant did.</summary>
    public required UserId AuthorId { get; init; }

    public required string Text { get; set; }

    public required ReplyState State { get; set; }

    /// <summary>What it continues from. Messages form a tree; siblings are the versions that edits and regenerations made.</summary>
    public MessageId? ParentId { get; init; }

    public MessageId? EditOf { get; init; }

    /// <summary>The sender's own id, unique per chat and author: the key that makes sending repeatable.</summary>
    public string? ClientMessageId { get; init; }

    /// <summary>The id that the sender's door gave it, unique in the chat; null where it is known by <see cref="Id"/> alone.</summary>
    public string? ExternalId { get; init; }

    /// <summary>The lengths of the parts that the text was sent in, in UTF-16 units; null when it is one.</summary>
    public IReadOnlyList<int>? PartLengths { get; init; }

    /// <summary>What was sent under <see cref="ClientMessageId"/>; it outlives edits and deletion.</summary>
    public byte[]? ClientHash { get; init; }

    /// <summary>The newest generation that writes or wrote this reply.</summary>
    public GenerationId? GenerationId { get; set; }

    public string? Model { get; set; }

    public long? InputTokens { get; set; }

    public long? OutputTokens { get; set; }

    public string? FinishReason { get; set; }

    /// <summary>Why a reply did not end well: a stable code (docs/protocol/hub.md §3).</summary>
    public string? ErrorCode { get; set; }

    /// <summary>When asking again may help, if that is known.</summary>
    public DateTimeOffset? RetryAt { get; set; }

    public UserId? StoppedBy { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? DeletedAt { get; set; }

    /// <summary>The text in the parts that it was sent in.</summary>
    public IReadOnlyList<string> GetParts()
    {
        if (PartLengths is null || DeletedAt is not null)
        {
            return [Text];
        }

        var parts = new List<string>(PartLengths.Count);
        var start = 0;
        foreach (var length in PartLengths)
        {
            parts.Add(Text.Substring(start, length));
            start += length;
        }

        return parts;
    }

    /// <summary>The same message with another text, for who must not change this one.</summary>
    public Message WithText(string text)
    {
        var copy = (Message)MemberwiseClone();
        copy.Text = text;
        return copy;
    }

    /// <summary>Identifies what a client sent, kind of request included, so that one id cannot stand for two things.</summary>
    public static byte[] HashOf(string request, string content) => SHA256.HashData(Encoding.UTF8.GetBytes($"{request}\n{content}"));

    /// <summary>Forgets the text but keeps the row: the log's numbers and the tree must stay whole.</summary>
    public void Erase(DateTimeOffset at, long seq)
    {
        Text = "";
        DeletedAt = at;
        ChangedSeq = seq;
    }
}
