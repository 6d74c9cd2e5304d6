using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using HubChat.Server.Models.Upstreams;
using Microsoft.Extensions.AI;

namespace HubChat.Server.Models.OpenAI;

/// <summary>
/// A model behind the chat completions of OpenAI, or of one of the many servers that speak like it. What such a server leaves out is
/// forgiven, except for the end: an answer without a finish reason has failed, however quietly it ended.
/// </summary>
/// <param name="http">The client of the upstream, which knows the key (<see cref="UpstreamHttp"/>).</param>
/// <param name="address">The base address, such as https://api.openai.com/v1.</param>
/// <param name="model">What the server calls the model; the model of <see cref="ChatOptions"/> is ours and is not sent.</param>
/// <param name="settings">What differs between servers.</param>
/// <param name="time">Tells how long a date to come back is away.</param>
internal sealed class OpenAIChatClient(
    HttpClient http, UpstreamAddress address, string model, OpenAIModelOptions settings, TimeProvider time)
    : UpstreamChatClient(new ChatClientMetadata(Provider, address.Uri, model))
{
    public const string Provider = "openai";

    private static readonly string[] StreamTypes = ["text/event-stream"];

    private readonly Uri _completions = address.At("chat/completions");
    private readonly OpenAIRequestWriter _writer = new(address, model, settings);

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var call = await UpstreamCall.SendAsync(http, _completions, _writer.Write(messages, options), time, cancellationToken);
        await call.RequireTypeAsync(StreamTypes, cancellationToken);

        var answer = new OpenAIAnswer(call, model);
        var parser = SseParser.Create(new EventBounds(call.Body, UpstreamCall.MaxPieceBytes), (_, data) => OpenAIChunk.Read(data, call));
        await using var events = parser.EnumerateAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (await MoveNextAsync(events, call) && !events.Current.Data.IsLast)
        {
            if (answer.Add(events.Current.Data) is { } update)
            {
                yield return update;
                cancellationToken.ThrowIfCancellationRequested();
            }
        }

        yield return answer.Finish();
        await call.ReadTailAsync(cancellationToken);
    }

    private static async ValueTask<bool> MoveNextAsync(IAsyncEnumerator<SseItem<OpenAIChunk>> events, UpstreamCall call)
    {
        try
        {
            return await events.MoveNextAsync();
        }
        catch (InvalidDataException)
        {
            throw call.TooLong();
        }
    }
}
