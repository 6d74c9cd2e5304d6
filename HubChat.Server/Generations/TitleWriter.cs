using HubChat.Server.Chats;
using HubChat.Server.Generations.Models;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Generations;

/// <summary>After the first good answer the model is asked for a better title than the first line; a person's own title is never touched.</summary>
internal sealed partial class TitleWriter(
    IGenerationStore store, ChatService chats, IOptions<GenerationOptions> options, TimeProvider time, ILogger<TitleWriter> logger)
{
    private const int MaxQuotedLength = 2_000;
    private const int MaxTitleTokens = 32;

    public async Task WriteAsync(Generation generation, AssistantModel model, string reply, CancellationToken cancellationToken)
    {
        if (!model.WritesTitles || (await store.GetPromptSourceAsync(generation, maxMessages: 1, cancellationToken)) is not { } source
            || source.Chat.TitleSource >= TitleSource.Model || source.Messages is not [{ Message: { DeletedAt: null } question }, ..])
        {
            return;
        }

        try
        {
            using var timeout = new CancellationTokenSource(options.Value.TitleTimeout, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
            var response = await model.Client.GetResponseAsync(
                [new ChatMessage(ChatRole.User, Request(question.Text, reply))],
                new Microsoft.Extensions.AI.ChatOptions { ModelId = model.Name, MaxOutputTokens = MaxTitleTokens },
                either.Token);
            if (ChatTitle.FromModel(response.Text) is { Length: > 0 } title)
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

    private static string Request(string question, string reply) =>
        $"Write a title of at most six words, in the language of this conversation, for what follows. Answer with the title alone.\n\n"
        + $"Question: {Head(question)}\n\nAnswer: {Head(reply)}";

    private static string Head(string text) => text.Length <= MaxQuotedLength ? text
        : text[..(char.IsHighSurrogate(text[MaxQuotedLength - 1]) ? MaxQuotedLength - 1 : MaxQuotedLength)];

    [LoggerMessage(LogLevel.Information, "No title was written for chat {ChatId}")]
    private partial void LogFailed(Exception exception, Guid chatId);
}
