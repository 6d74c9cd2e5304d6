using System.Text;
using HubChat.Server.Chats;
using HubChat.Server.Models;
using HubChat.Server.Text;
using HubChat.Server.Usage;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Generations;

/// <summary>After the first good answer the model is asked for a better title than the first line; a person's own title is never touched.</summary>
internal sealed partial class TitleWriter(
    IGenerationStore store, ChatService chats, UsageLimits limits, CallLedger ledger, IOptions<GenerationOptions> options, TimeProvider time,
    ILogger<TitleWriter> logger)
{
    private const int MaxQuotedLength = 2_000;
    private const int MaxTitleTokens = 32;

    // A model that thinks before it answers may need more than a title is long, but not for ever.
    private const int MaxLength = 1_000;

    /// <returns>What the chat is called now; null when it was not renamed.</returns>
    public async Task<string?> WriteAsync(Generation generation, AssistantModel model, string reply, CancellationToken cancellationToken)
    {
        try
        {
            if (!model.WritesTitles || (await store.GetPromptSourceAsync(generation, maxMessages: 1, cancellationToken)) is not { } source
                || source.Chat.TitleSource >= TitleSource.Model || source.Messages is not [{ Message: { DeletedAt: null } question }, ..])
            {
                return null;
            }

            var call = generation.LedgerCall with { Kind = CallKind.Title, StartedAt = time.GetUtcNow() };
            return await ProposeAsync(call, model, question.Text, reply, cancellationToken) is { Length: > 0 } title
                && await chats.SuggestTitleAsync(generation.ChatId, title, TitleSource.Message, cancellationToken)
                ? title
                : null;
        }
        catch (Exception exception)
        {
            // The chat has a title already; nothing is lost.
            LogFailed(exception, generation.ChatId.Value);
            return null;
        }
    }

    /// <summary>Asks a model what a conversation could be called; empty when it gives nothing of use.</summary>
    /// <param name="call">On whose account, and as what the ledger enters it.</param>
    /// <param name="model">The model.</param>
    /// <param name="question">What was asked.</param>
    /// <param name="reply">What was answered.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="ModelException">The model failed.</exception>
    /// <exception cref="Errors.ChatException">quota_exceeded.</exception>
    public async Task<string> ProposeAsync(LedgerCall call, AssistantModel model, string question, string reply, CancellationToken cancellationToken) =>
        ChatTitle.FromModel(await AskAsync(call, model, Request(question, reply), cancellationToken));

    private async Task<string> AskAsync(LedgerCall call, AssistantModel model, string request, CancellationToken cancellationToken)
    {
        IReadOnlyList<ChatMessage> prompt = [new(ChatRole.User, request)];
        await using var tokens = await limits.ReserveAsync(call.Subject, TokenEstimate.Of(prompt), MaxTitleTokens, cancellationToken);
        var limit = options.Value.TitleTimeout;
        var chatOptions = new Microsoft.Extensions.AI.ChatOptions { ModelId = model.Name, MaxOutputTokens = MaxTitleTokens };
        await using var stream = new ModelStream(model, prompt, chatOptions, new ModelTimers(limit, limit, limit), time, cancellationToken);
        var text = new StringBuilder();
        var state = ReplyState.Failed;
        try
        {
            while (text.Length < MaxLength && await stream.MoveNextAsync(limit, cancellationToken) is not false and var moved)
            {
                text.Append(moved is true ? stream.Current.Text : "");
            }

            state = ReplyState.Done;
            return text.ToString();
        }
        finally
        {
            await tokens.SettleAsync(stream.Figures.Tokens);
            await ledger.AddAsync(LedgerEntry.Of(call, stream.Figures, WireNames.Of(state), errorCode: null, time.GetUtcNow()));
        }
    }

    private static string Request(string question, string reply) =>
        $"{ModelRequests.Title}\n\nQuestion: {TextRules.Head(question, MaxQuotedLength)}\n\nAnswer: {TextRules.Head(reply, MaxQuotedLength)}";

    [LoggerMessage(LogLevel.Information, "No title was written for chat {ChatId}")]
    private partial void LogFailed(Exception exception, Guid chatId);
}
