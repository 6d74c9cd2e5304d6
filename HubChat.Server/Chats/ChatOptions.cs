using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Chats;

/// <summary>Limits of chats and messages.</summary>
internal sealed class ChatOptions
{
    public const string Section = "Chats";

    /// <summary>Longest message of a person, in characters (Unicode scalar values).</summary>
    [Range(1, 1_000_000)]
    public int MaxTextLength { get; set; } = 32_000;

    [Range(1, 100_000)]
    public int MaxParticipants { get; set; } = 1_000;

    /// <summary>Chats one person may own.</summary>
    [Range(1, 1_000_000)]
    public int MaxChatsPerOwner { get; set; } = 10_000;

    /// <summary>Most items on a page of messages or chats.</summary>
    [Range(1, 1_000)]
    public int MaxPageSize { get; set; } = 100;

    /// <summary>Messages in a snapshot.</summary>
    [Range(1, 1_000)]
    public int SnapshotMessages { get; set; } = 100;

    /// <summary>A watcher that missed more events than this is given a snapshot instead.</summary>
    [Range(1, 10_000)]
    public int MaxCatchUpEvents { get; set; } = 500;
}

[OptionsValidator]
internal sealed partial class ChatOptionsValidator : IValidateOptions<ChatOptions>;
