using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Endpoints.OpenAI;

/// <summary>Writes an answer as OpenAI does: piece by piece as it comes, or as one object.</summary>
internal sealed partial class AnswerWriter(IOptions<OpenAIOptions> options, TimeProvider time, ILogger<AnswerWriter> logger)
{
    // Aborting takes along what the connection has not sent yet. The last frame must get out first.
    private static readonly TimeSpan AbortAfter = TimeSpan.FromMilliseconds(250);

    public async Task StreamAsync(HttpContext context, IAnswer answer, bool includeUsage)
    {
        var events = new EventStream(context, options.Value.PingInterval, time);
        try
        {
            await StreamAsync(events, answer, includeUsage, context.RequestAborted);
        }
        catch (Exception exception) when (context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
        {
            await BreakAsync(events, exception, context);
        }
    }

    public async Task WriteAsync(HttpContext context, IAnswer answer)
    {
        var (text, reasoning, calls) = (new StringBuilder(), new StringBuilder(), new List<ToolCallItem>());
        while (await answer.MoveNextAsync(options.Value.PingInterval, context.RequestAborted) is not false)
        {
            if (answer.StartsOver)
            {
                text.Clear();
            }

            foreach (var delta in answer.Current)
            {
                text.Append(delta.Content);
                reasoning.Append(delta.ReasoningContent);
                calls.AddRange((delta.ToolCalls ?? []).Select(call => call with { Index = null }));
            }
        }

        var message = new MessageItem(
            text.Length > 0 || calls.Count == 0 ? text.ToString() : null,
            reasoning.Length > 0 ? reasoning.ToString() : null,
            calls.Count > 0 ? calls : null);
        var item = new CompletionItem(
            answer.Id, answer.CreatedAt.ToUnixTimeSeconds(), answer.Model, [new ChoiceItem(message, answer.FinishReason)], answer.Usage);
        await context.Response.WriteAsJsonAsync(item, OpenAIJson.Options, context.RequestAborted);
    }

    private static async Task StreamAsync(EventStream events, IAnswer answer, bool includeUsage, CancellationToken cancellationToken)
    {
        var json = includeUsage ? OpenAIJson.WithUsage : OpenAIJson.Options;
        var chunk = new ChunkItem(answer.Id, answer.CreatedAt.ToUnixTimeSeconds(), answer.Model, []);
        var hasBegun = false;
        while (await answer.MoveNextAsync(events.UntilPing, cancellationToken) is var moved and not false)
        {
            if (answer.StartsOver)
            {
                throw new OpenAIException(new OpenAIError(
                    StatusCodes.Status500InternalServerError, "reply_restarted", "The reply began anew; what was sent of it does not hold any more."));
            }

            foreach (var delta in answer.Current)
            {
                await BeginAsync();
                await WriteAsync(new ChunkChoiceItem(delta));
            }

            if (events.UntilPing == TimeSpan.Zero)
            {
                await events.PingAsync();
            }
        }

        await BeginAsync();
        await WriteAsync(new ChunkChoiceItem(new DeltaItem(), answer.FinishReason));
        if (includeUsage)
        {
            await SendAsync(events, chunk with { Usage = answer.Usage }, json);
        }

        await events.EndAsync();

        async Task BeginAsync()
        {
            if (!hasBegun)
            {
                hasBegun = true;
                await WriteAsync(new ChunkChoiceItem(new DeltaItem { Role = "assistant", Content = "" }));
            }
        }

        Task WriteAsync(ChunkChoiceItem choice) => SendAsync(events, chunk with { Choices = [choice] }, json);
    }

    /// <summary>Each piece is on its way before the next one is asked for.</summary>
    private static async Task SendAsync<T>(EventStream events, T data, JsonSerializerOptions json)
    {
        await events.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(data, json));
        await events.FlushAsync();
    }

    /// <summary>
    /// Tells a failure to who has part of the answer already: an error where a chunk would stand, then a broken connection and no [DONE].
    /// Some clients look only at the one, some only at the other.
    /// </summary>
    private async Task BreakAsync(EventStream events, Exception exception, HttpContext context)
    {
        if (OpenAIErrors.Of(exception) is not { } error)
        {
            LogFailed(exception, context.TraceIdentifier);
            error = OpenAIErrors.Of(StatusCodes.Status500InternalServerError, code: null, message: null, retryAfter: null);
        }

        await SendAsync(events, error.ToResponse(), OpenAIJson.Options);
        await Task.Delay(AbortAfter, time, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        context.Abort();
    }

    [LoggerMessage(LogLevel.Error, "The answer to request {RequestId} broke off")]
    private partial void LogFailed(Exception exception, string requestId);
}
