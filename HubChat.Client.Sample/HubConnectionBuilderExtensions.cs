using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.DependencyInjection;

namespace HubChat.Client.Sample;

/// <summary>Lets a <see cref="HubConnectionBuilder"/> connect over a WebSocket.</summary>
public static class HubConnectionBuilderExtensions
{
    /// <summary>Connects to the hub at <paramref name="hubUrl"/> (http or https) over a WebSocket.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="hubUrl">The hub's address, for example <c>http://127.0.0.1:5080/hubs/chat</c>.</param>
    /// <param name="token">Gives the session token for each connection, or null.</param>
    public static IHubConnectionBuilder WithWebSocket(
        this IHubConnectionBuilder builder, Uri hubUrl, Func<CancellationToken, Task<string?>> token)
    {
        builder.Services.AddSingleton<EndPoint>(new UriEndPoint(hubUrl));
        builder.Services.AddSingleton<IConnectionFactory>(services =>
            new WebSocketConnectionFactory(token, services.GetRequiredService<IHubProtocol>().TransferFormat));
        return builder;
    }
}
