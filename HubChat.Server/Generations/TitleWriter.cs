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

    public async Task WriteAsync(Generation generation, AssistantModel model, string reply, CancellationToken cancellationToken)
    {
        if (!model.WritesTitles || (await store.GetPromptSourceAsync(generation, maxMessages: 1, cancellationToken)) is not { } source
            || source.Chat.TitleSource >= TitleSource.Model || source.Messages is not [{ Message: { DeletedAt: null } question }, ..])
        {
            return;
        }

        try
        {
            var proposed = await AskAsync(generation, model, Request(question.Text, reply), cancellationToken);
            if (ChatTitle.FromModel(proposed) is { Length: > 0 } title)
            {
                await chats.SuggestTitleAsync(generation.ChatId, title, cancellationToken);
            }
        }
        catch (Exception exception)
        {
            // The chat has a title already; nothing is lost.
            LogFailed(exception, generation.ChatId.Value);
        }
    }

    private async Task<string> AskAsync(Generation generation, AssistantModel model, string request, CancellationToken cancellationToken)
    {
        IReadOnlyList<ChatMessage> prompt = [new(ChatRole.User, request)];
        await using var tokens = await limits.ReserveAsync(generation.Subject, TokenEstimate.Of(prompt), MaxTitleTokens, cancellationToken);
        var limit = options.Value.TitleTimeout;
        var chatOptions = new Microsoft.Extensions.AI.ChatOptions { ModelId = model.Name, MaxOutputTokens = MaxTitleTokens };
        var call = generation.LedgerCall with { Kind = CallKind.Title, StartedAt = time.GetUtcNow() };
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
