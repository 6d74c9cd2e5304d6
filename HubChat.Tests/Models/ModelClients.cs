using System.Net;
using HubChat.Server.Models.Ollama;
using HubChat.Server.Models.OpenAI;
using HubChat.Server.Models.Upstreams;
using Microsoft.Extensions.AI;
using Xunit;

namespace HubChat.Tests.Models;

/// <summary>Clients of fake servers, made as the server makes them.</summary>
internal static class ModelClients
{
    public const string Key = "sk-marker-zqxj";

    public static UpstreamAddress Parse(string text)
    {
        Assert.True(UpstreamAddress.TryParse(text, out var address, out var mistake), mistake);
        return address;
    }

    public static HttpClient Http(UpstreamAddress address, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null) =>
        UpstreamHttp.Create(new AddressGuard(address, resolve: resolve), Key);

    public static OllamaChatClient Ollama(Uri address, OllamaModelOptions? settings = null)
    {
        var parsed = Parse(address.AbsoluteUri);
        return new OllamaChatClient(Http(parsed), parsed, Fakes.OllamaProtocol.Model, settings ?? new OllamaModelOptions(), TimeProvider.System);
    }

    public static OpenAIChatClient OpenAI(Uri address, OpenAIModelOptions? settings = null)
    {
        var parsed = Parse(address.AbsoluteUri);
        return new OpenAIChatClient(Http(parsed), parsed, Fakes.OpenAIProtocol.Model, settings ?? new OpenAIModelOptions(), TimeProvider.System);
    }

    /// <summary>Asks, and hears everything until the end, whichever it is.</summary>
    public static async Task<HeardAnswer> HearAsync(
        this IChatClient client, string question, CancellationToken cancellationToken, Action? onUpdate = null)
    {
        var heard = new HeardAnswer();
        try
        {
            await foreach (var update in client.GetStreamingResponseAsync([new(ChatRole.User, question)], cancellationToken: cancellationToken))
            {
                heard.Updates.Add(update);
                onUpdate?.Invoke();
            }
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            heard.Failure = failure;
        }

        return heard;
    }
}
