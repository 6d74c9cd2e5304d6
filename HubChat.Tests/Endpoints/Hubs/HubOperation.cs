namespace HubChat.Tests.Endpoints.Hubs;

/// <summary>One row of the matrix.</summary>
/// <param name="Name">The hub method, and after a space which of its uses this is.</param>
/// <param name="Arguments">A call that changes something or shows something, if it is allowed.</param>
/// <param name="Allowed">Who of those in the chat may; the others are forbidden to, and for everybody outside there is no chat.</param>
internal sealed record HubOperation(string Name, Func<MatrixTarget, object?[]> Arguments, params MatrixRole[] Allowed)
{
    private static readonly MatrixRole[] Inside =
        [MatrixRole.Owner, MatrixRole.Member, MatrixRole.OtherMember, MatrixRole.Reader, MatrixRole.ChatKey];

    public string Method => Name.Split(' ')[0];

    public bool IsStream => Method is "Ask" or "StreamReply";

    /// <summary>Whether the call is about a reply, so that there must be some.</summary>
    public bool NeedsReplies { get; init; }

    /// <summary>Whether no chat is named, so that everybody who is signed in may.</summary>
    public bool IsOpen { get; init; }

    /// <summary>Calls that ask for the scope before they look for a chat say so, whether or not there is one.</summary>
    public Verdict ModelsKey { get; init; } = Verdict.NotFound;

    public Verdict For(MatrixRole role) => role switch
    {
        MatrixRole.ModelsKey => ModelsKey,
        _ when IsOpen || Allowed.Contains(role) => Verdict.Allowed,
        _ => Inside.Contains(role) ? Verdict.Forbidden : Verdict.NotFound,
    };
}
