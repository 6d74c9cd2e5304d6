using System.Runtime.CompilerServices;
using HubChat.Server.Models.Upstreams;
using Microsoft.Extensions.AI;

namespace HubChat.Server.Models.Ollama;

/// <summary>
/// A model behind Ollama's own API. The stream is one JSON object per line; only a line that says it is done ends an answer, everything
/// else has failed, however quietly it ended.
/// </summary>
/// <param name="http">The client of the upstream (<see cref="UpstreamHttp"/>).</param>
/// <param name="address">The base address, such as http://localhost:11434.</param>
/// <param name="model">What Ollama calls the model; the model of <see cref="ChatOptions"/> is ours and is not sent.</param>
/// <param name="settings">How Ollama runs it.</param>
/// <param name="time">Tells how long a date to come back is away.</param>
internal sealed class OllamaChatClient(
    HttpClient http, UpstreamAddress address, string model, OllamaModelOptions settings, TimeProvider time)
    : UpstreamChatClient(new ChatClientMetadata(Provider, address.Uri, model))
{
    public const string Provider = "ollama";

    private static readonly string[] StreamTypes = ["application/x-ndjson", "application/ndjson", "application/json"];

    private readonly Uri _chat = address.At("api/chat");
    private readonly OllamaRequestWriter _writer = new(model, settings);

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var call = await UpstreamCall.SendAsync(http, _chat, _writer.Write(messages, options), time, cancellationToken);
        await call.RequireTypeAsync(StreamTypes, cancellationToken);

        using var lines = new LineReader(call.Body, UpstreamCall.MaxPieceBytes);
        var responseId = $"ollama-{Guid.NewGuid():N}";
        var calledTools = false;
        while (true)
        {
            var line = await NextAsync(lines, call, cancellationToken);
            calledTools |= line.Contents.Any(content => content is FunctionCallContent);
            if (line.Contents.Count > 0 || line.IsDone)
            {
                yield return new ChatResponseUpdate(ChatRole.Assistant, [.. line.Contents])
                {
                    ResponseId = responseId,
                    MessageId = responseId,
                    ModelId = line.Model ?? model,
                    CreatedAt = line.CreatedAt,
                    FinishReason = line.IsDone ? ToFinishReason(line.DoneReason, calledTools) : null,
                };
                cancellationToken.ThrowIfCancellationRequested();
            }

            if (line.IsDone)
            {
                // A second one would count the usage twice.
                await call.ReadTailAsync(cancellationToken);
                yield break;
            }
        }
    }

    private static async Task<OllamaLine> NextAsync(LineReader lines, UpstreamCall call, CancellationToken cancellationToken)
    {
        try
        {
            while (await lines.ReadAsync(cancellationToken) is { } line)
            {
                if (line.Span.ContainsAnyExcept(" \t\r"u8))
                {
                    return OllamaLine.Read(line, call);
                }
            }
        }
        catch (InvalidDataException)
        {
            throw call.TooLong();
        }

        throw call.Malformed("ended before it was done");
    }

    // What else Ollama may say here, it says of requests that only load a model; done is done.
    private static ChatFinishReason ToFinishReason(string? doneReason, bool calledTools) =>
        doneReason == "length" ? ChatFinishReason.Length
        : calledTools ? ChatFinishReason.ToolCalls
        : ChatFinishReason.Stop;
}
