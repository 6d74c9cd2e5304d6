using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Chats;

/// <summary>How many replies may wait. One runs per chat; the others stand in its visible queue.</summary>
internal sealed class ReplyQueueOptions
{
    public const string Section = "ReplyQueue";

    /// <summary>Replies that wait or run in one chat.</summary>
    [Range(1, 1_000)]
    public int MaxPerChat { get; set; } = 20;

    /// <summary>Replies that wait or run for one person, in all chats.</summary>
    [Range(1, 1_000)]
    public int MaxPerUser { get; set; } = 20;
}

[OptionsValidator]
internal sealed partial class ReplyQueueOptionsValidator : IValidateOptions<ReplyQueueOptions>;
