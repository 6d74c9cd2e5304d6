using HubChat.Server.Ids;

namespace HubChat.Server.Endpoints.OpenAI;

/// <summary>Which chat a request is meant for, if any: the header says it, or the name of the model.</summary>
internal static class ChatTarget
{
    private const string Header = "X-HubChat-Chat";
    private const string Prefix = "chat:";

    public static string NameOf(ChatId chatId) => $"{Prefix}{chatId}";

    /// <exception cref="OpenAIException">It is no chat's id, or two different ones.</exception>
    public static ChatId? Of(string? model, IHeaderDictionary headers)
    {
        var byModel = model?.StartsWith(Prefix, StringComparison.Ordinal) == true ? Parse(model[Prefix.Length..], "model") : (ChatId?)null;
        var byHeader = headers.TryGetValue(Header, out var value) ? Parse(value.ToString(), Header) : (ChatId?)null;
        return byModel is null || byHeader is null || byModel == byHeader
            ? byModel ?? byHeader
            : throw OpenAIException.Invalid(Header, $"The header {Header} and the model name different chats.");
    }

    private static ChatId Parse(string id, string param) =>
        Guid.TryParseExact(id, "D", out var value) ? new ChatId(value) : throw OpenAIException.Invalid(param, "A chat is named by its id, a UUID.");
}
