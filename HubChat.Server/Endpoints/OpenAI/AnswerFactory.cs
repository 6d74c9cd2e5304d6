using HubChat.Server.Chats;
using HubChat.Server.Errors;
using HubChat.Server.Generations;
using HubChat.Server.Identity;
using HubChat.Server.Ids;
using HubChat.Server.Models;
using HubChat.Server.Realtime;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Endpoints.OpenAI;

/// <summary>Passes a request on: to a model, or into a chat.</summary>
internal sealed class AnswerFactory(
    CompletionService completions, MessageService messages, ReplyReader replies, ModelCatalog models, IOptions<OpenAIOptions> options, TimeProvider time)
{
    private const string IdempotencyKey = "Idempotency-Key";

    public static string IdOf(GenerationId id) => $"chatcmpl-{id.Value:N}";

    /// <exception cref="OpenAIException">The request does not fit.</exception>
    /// <exception cref="ChatException">It is refused.</exception>
    /// <exception cref="ModelException">The model cannot be called.</exception>
    public async Task<IAnswer> BeginAsync(
        ChatCompletionRequest request, IHeaderDictionary headers, CurrentUser user, CancellationToken cancellationToken)
    {
        var command = request.ToCompletion(options.Value);
        var isModel = models.Find(command.Model, user.Role) is not null;

        // A model's own name may look like a chat's: Ollama calls the model "chat" "chat:latest".
        if (ChatTarget.Of(isModel ? null : command.Model, headers) is { } chatId)
        {
            return await AskAsync(chatId, command, headers, user, cancellationToken);
        }

        if (!isModel)
        {
            throw OpenAIException.ModelNotFound();
        }

        return new ModelAnswer(await completions.BeginAsync(command, user, cancellationToken), time.GetUtcNow());
    }

    /// <summary>The chat has the history, the model and the settings; the request brings what is new.</summary>
    private async Task<ChatAnswer> AskAsync(
        ChatId chatId, CompletionRequest command, IHeaderDictionary headers, CurrentUser user, CancellationToken cancellationToken)
    {
        if (!user.MayChat)
        {
            throw new OpenAIException(OpenAIErrors.MissingScope("chat"));
        }

        if (command.Options.Tools is not null)
        {
            throw OpenAIException.Unsupported("tools", "The assistant of a chat has no tools of its readers.");
        }

        var key = headers.TryGetValue(IdempotencyKey, out var given) ? given.ToString() : Guid.CreateVersion7(time.GetUtcNow()).ToString();
        var posted = await messages.PostAsync(new PostMessage(chatId, QuestionOf(command), key, ParentId: null, Ask: true), user, cancellationToken);
        return new ChatAnswer(
            chatId,
            posted,
            replies.ReadAsync(posted.GenerationId!.Value, StreamPosition.Start, user, CancellationToken.None),
            async reading => await FindReplyAsync(chatId, posted, user, reading),
            time);
    }

    private static string QuestionOf(CompletionRequest command)
    {
        var question = command.Messages.LastOrDefault(message => message.Role == ChatRole.User)
            ?? throw OpenAIException.Invalid("messages", "messages needs one of the role user: it is what is posted into the chat.");
        return question.Contents.All(content => content is TextContent)
            ? string.Join('\n', question.Contents.OfType<TextContent>().Select(text => text.Text))
            : throw OpenAIException.Unsupported("messages", "Messages of a chat are texts; they hold no images.");
    }

    /// <summary>The reply stands right behind its question: both are stored at once.</summary>
    private async Task<Message?> FindReplyAsync(ChatId chatId, PostedMessage posted, CurrentUser user, CancellationToken cancellationToken)
    {
        var page = await messages.GetAsync(new GetMessages(chatId, BeforeSeq: null, posted.Seq, Limit: 1), user, cancellationToken);
        return page.Messages.Select(view => view.Message).FirstOrDefault(message => message.Id == posted.ReplyId);
    }
}
