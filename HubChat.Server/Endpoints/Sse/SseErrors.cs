using HubChat.Server.Chats;
using HubChat.Server.Errors;

namespace HubChat.Server.Endpoints.Sse;

/// <summary>What the services refuse, in this door's words.</summary>
internal static class SseErrors
{
    // What is full or busy now may be free in a moment.
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    /// <summary>A refusal of a service.</summary>
    public static SseError Of(ChatException refusal) => refusal.Error switch
    {
        ChatError.NotSignedIn => Unauthorized(),
        ChatError.NotFound => ConversationNotFound(),
        ChatError.Conflict => Conflict(refusal),
        ChatError.Invalid => Invalid(refusal),
        ChatError.LimitReached => new(StatusCodes.Status429TooManyRequests, "rate_limited", refusal.Message) { RetryAfter = refusal.RetryAfter ?? Moment },
        ChatError.Busy => new(StatusCodes.Status503ServiceUnavailable, "busy", refusal.Message) { RetryAfter = refusal.RetryAfter ?? Moment },
        ChatError.StorageFull => new(StatusCodes.Status507InsufficientStorage, refusal.Code, refusal.Message),
        _ => new(StatusCodes.Status403Forbidden, refusal.Code, refusal.Message),
    };

    /// <summary>What the server answers for this door outside its handlers: a status, mostly with our code and a sentence.</summary>
    public static SseError Of(int status, string? code, string? message) => status switch
    {
        StatusCodes.Status401Unauthorized => Unauthorized(),
        StatusCodes.Status403Forbidden when code is null => new(status, "forbidden", "This API key does not have the scope 'chat'."),
        StatusCodes.Status400BadRequest => new(status, "invalid_json", "The body must be one JSON object."),
        StatusCodes.Status404NotFound => new(status, "not_found", "There is nothing at this address."),
        StatusCodes.Status408RequestTimeout => new(status, "request_timeout", "The body did not come in time."),
        StatusCodes.Status405MethodNotAllowed => new(status, "method_not_allowed", message ?? "This address does not know the method."),
        StatusCodes.Status500InternalServerError => new(status, "internal_error", "Something went wrong at the server."),
        _ => new(status, code ?? "internal_error", message ?? "The request failed."),
    };

    public static SseError ConversationNotFound() =>
        new(StatusCodes.Status404NotFound, "conversation_not_found", "There is no such conversation, or it is not yours to see.", "conversation_id");

    public static SseError StreamExpired() =>
        new(StatusCodes.Status410Gone, "stream_expired", "The frames of this turn are not kept any more. Read the conversation instead.");

    private static SseError Unauthorized() =>
        new(StatusCodes.Status401Unauthorized, "unauthorized", "Give a token of this server: Authorization: Bearer …");

    private static SseError Conflict(ChatException refusal) => refusal.Code switch
    {
        MessageService.ChatBusy => new(StatusCodes.Status409Conflict, "conversation_busy", refusal.Message) { RetryAfter = Moment },
        ClientMessageIds.ConflictCode => new(
            StatusCodes.Status409Conflict, "message_id_conflict", "This message id stands for something else in this conversation. Nothing was changed.", "messages[0].id"),
        _ => new(StatusCodes.Status409Conflict, refusal.Code, refusal.Message),
    };

    private static SseError Invalid(ChatException refusal) => refusal.Code switch
    {
        "text_empty" => new(StatusCodes.Status400BadRequest, "empty_content", refusal.Message, ConversationRequest.PartsPath),
        "text_too_long" => new(StatusCodes.Status400BadRequest, "message_too_long", refusal.Message, ConversationRequest.PartsPath),
        "text_invalid" => new(StatusCodes.Status400BadRequest, "invalid_parts", refusal.Message, ConversationRequest.PartsPath),
        _ => new(StatusCodes.Status400BadRequest, refusal.Code, refusal.Message),
    };
}
