using HubChat.Server.Chats;
using HubChat.Server.Identity;
using HubChat.Server.Ids;
using HubChat.Server.Models;
using HubChat.Server.Usage;

namespace HubChat.Server.Generations;

/// <summary>Titles that somebody asks for.</summary>
internal sealed class TitleService(
    IGenerationStore store, IChatStore chatStore, ChatService chats, ModelCatalog models, UsageLimits limits, TitleWriter titles, TimeProvider time,
    ILogger<TitleService> logger)
{
    /// <summary>
    /// Has a model name a chat after its newest answer, or after another. A person's title stays, and so does the one there is when no
    /// model has a better one.
    /// </summary>
    /// <param name="chatId">The chat.</param>
    /// <param name="about">The question or reply; null for the newest.</param>
    /// <param name="user">Who asks, and on whose account.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>What the chat is called now.</returns>
    /// <exception cref="Errors.ChatException">NotFound or Forbidden; quota_exceeded.</exception>
    public async Task<string> WriteAsync(ChatId chatId, MessageId? about, CurrentUser user, CancellationToken cancellationToken)
    {
        var grant = await chatStore.AuthorizeAsync(chatId, user, ChatOperation.Manage, cancellationToken);
        var chat = (await chatStore.GetChatAsync(grant, cancellationToken)).Chat;
        if (chat.TitleSource is not TitleSource.User
            && await store.FindAnsweredAsync(chatId, about, cancellationToken) is { } turn
            && models.Find(turn.Reply.Model, user.Role) is { WritesTitles: true } model
            && await ProposeAsync(turn, model, user, cancellationToken) is { Length: > 0 } title)
        {
            await chats.SuggestTitleAsync(chatId, title, TitleSource.Model, cancellationToken);
        }

        return (await chatStore.GetChatAsync(grant, cancellationToken)).Chat.Title;
    }

    private async Task<string> ProposeAsync(ReplyTurn turn, AssistantModel model, CurrentUser user, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var call = turn.Generation.LedgerCall with
        {
            Kind = CallKind.Title,
            Subject = new UsageSubject(user.Id, user.KeyId, turn.Generation.ChatId),
            AskedAt = now,
            StartedAt = now,
        };

        // Its tokens are set aside when the model is asked.
        await using var running = await limits.BeginAsync(call.Subject, input: 0, output: 0, cancellationToken);
        try
        {
            return await titles.ProposeAsync(call, model, turn.Question.Text, turn.Reply.Text, cancellationToken);
        }
        catch (ModelException failure)
        {
            logger.LogModelFailed(turn.Generation.Id.Value, model.Name, failure.Code, failure.Message, failure.RequestId);
            return "";
        }
    }
}
