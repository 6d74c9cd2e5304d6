using HubChat.Server.Identity;
using HubChat.Server.Identity.Signing;
using HubChat.Server.Ids;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Endpoints.Sse;

/// <summary>
/// Tokens to go on reading a turn with. They are made of the turn and the reader alone, so nothing is kept of them: whoever makes the token
/// of a turn again makes the same one. They are no way in: without the reader's own bearer token they open nothing.
/// </summary>
internal sealed class ResumeTokens(SignedTokens tokens, IOptions<SseOptions> options)
{
    private const string Audience = "resume";
    private const string Subject = "sub";
    private const string Conversation = "conversation_id";
    private const string TurnClaim = "turn_id";
    private const string Message = "message_id";

    public Task<string> IssueAsync(Turn turn, UserId reader, CancellationToken cancellationToken) =>
        tokens.IssueAsync(
            Audience,
            [
                new(Subject, reader.ToString()), new(Conversation, turn.ConversationId), new(TurnClaim, turn.Id.ToString()), new(Message, turn.MessageId),
            ],
            turn.CreatedAt,
            options.Value.ResumeTokenLifetime,
            cancellationToken);

    /// <exception cref="SseException">missing_resume_token, invalid_resume_token or resume_token_expired.</exception>
    public async Task<ResumeToken> ReadAsync(string? token, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(token))
        {
            throw Refuse("missing_resume_token", "Give the resume token of the stream: X-Conduit-Token, or token in the body.");
        }

        if (await tokens.ReadAsync(token, Audience, cancellationToken) is not { } signed
            || signed[Subject] is not { } reader || signed[Conversation] is not { } conversation || TurnId.TryParse(signed[TurnClaim]) is not { } turn)
        {
            throw Refuse("invalid_resume_token", "This is no resume token of this server.");
        }

        return signed.IsExpired
            ? throw Refuse("resume_token_expired", "The resume token has expired. Read the conversation instead.")
            : new ResumeToken(reader, conversation, turn);
    }

    private static SseException Refuse(string code, string message) =>
        new(new SseError(StatusCodes.Status401Unauthorized, code, message, "token"));
}

/// <summary>What a valid token says.</summary>
internal sealed record ResumeToken(string Reader, string ConversationId, TurnId Turn)
{
    public bool IsFor(CurrentUser user, ChatId chatId) => Reader == user.Id.ToString() && ConversationId == chatId.ToString();
}
