using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using HubChat.Server.Chats;

namespace HubChat.Server.Endpoints.Sse;

/// <summary>Our messages as this door knows them.</summary>
internal static class ConversationMapping
{
    public const string Successful = "finished_successfully";
    public const string InProgress = "in_progress";
    public const string Partial = "finished_partial_completion";
    public const string Interrupted = "interrupted";
    public const string Failed = "failed";

    /// <summary>Of what may be repeated, the repetition is recognised by the message's id, per author as everywhere else.</summary>
    public static PostMessage ToCommand(this ConversationRequest request, RequestKey? key) =>
        new(
            request.ConversationId ?? default,
            string.Concat(request.Parts),
            $"sse:{Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(request.MessageId)))}",
            ParentId: null,
            Ask: true)
        {
            ExternalId = request.MessageId,
            PartLengths = request.Parts.Count > 1 ? [.. request.Parts.Select(part => part.Length)] : null,
            RequireIdle = true,
            Model = request.Model,
            Temperature = request.Temperature,
            Key = key,
        };

    /// <summary>What a message is called here: what its sender called it, or our own id.</summary>
    public static string IdOf(Message message) => message.ExternalId ?? message.Id.ToString();

    public static ContentItem ContentOf(Message message) => ContentItem.Text(message.GetParts());

    public static string StatusOf(Message message) => StatusOf(WireNames.Of(message.State), message.ErrorCode, message.FinishReason);

    /// <summary>Of a model that ended without a word it counts here that it ended by itself.</summary>
    /// <param name="state">The wire name of a reply's state.</param>
    /// <param name="errorCode">Why it did not end well.</param>
    /// <param name="finishReason">Why the model ended.</param>
    public static string StatusOf(string state, string? errorCode, string? finishReason) => (state, errorCode) switch
    {
        ("done", _) or ("failed", "empty_reply") => finishReason == "length" ? Partial : Successful,
        ("stopped", _) => Interrupted,
        ("failed" or "interrupted", _) => Failed,
        _ => InProgress,
    };

    public static MessageItem ToItem(this MessageView view)
    {
        var message = view.Message;
        var isUser = message.Role is MessageRole.User;
        return new MessageItem(
            IdOf(message), isUser ? "user" : "assistant", ContentOf(message), message.CreatedAt.UtcDateTime, StatusOf(message),
            isUser ? new AuthorMetadata(view.AuthorName) : null);
    }
}
