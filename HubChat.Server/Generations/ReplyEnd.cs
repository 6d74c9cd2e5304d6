namespace HubChat.Server.Generations;

/// <summary>What became of an attempt's wish to end its reply.</summary>
internal enum ReplyEnd
{
    /// <summary>The end is stored, the text with it.</summary>
    Stored,

    /// <summary>The end is stored as a stop without text: the message was deleted. Whoever deleted it has told the readers.</summary>
    Deleted,

    /// <summary>The reply is not this attempt's any more; nothing is stored.</summary>
    Lost,
}
