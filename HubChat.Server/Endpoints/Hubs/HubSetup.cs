using HubChat.Server.Chats;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Endpoints.Hubs;

internal static class HubSetup
{
    // docs/protocol/hub.md §8. The longest text must fit in whatever script and however it is escaped: six bytes a character.
    private const int MaxMessageBytes = 256 * 1_024;
    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan KeepAliveInterval = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan ClientTimeout = TimeSpan.FromSeconds(30);

    public static IServiceCollection AddChatHub(this IServiceCollection services)
    {
        services.AddSignalR(options =>
            {
                options.MaximumReceiveMessageSize = MaxMessageBytes;
                options.MaximumParallelInvocationsPerClient = 1;
                options.HandshakeTimeout = HandshakeTimeout;
                options.KeepAliveInterval = KeepAliveInterval;
                options.ClientTimeoutInterval = ClientTimeout;
                options.EnableDetailedErrors = false;
                options.AddFilter<HubCallFilter>();
            })
            .AddJsonProtocol(options =>
            {
                WireJson.Configure(options.PayloadSerializerOptions);
                options.PayloadSerializerOptions.Converters.Add(new OptionalJsonConverter<AssistantMode?>());
                options.PayloadSerializerOptions.Converters.Add(new OptionalJsonConverter<StopPolicy?>());
                options.PayloadSerializerOptions.Converters.Add(new OptionalJsonConverter<string?>());
                options.PayloadSerializerOptions.Converters.Add(new OptionalJsonConverter<double?>());
            });

        services.RemoveAll<IHubProtocol>();
        services.AddSingleton<IHubProtocol>(provider => new StrictJsonHubProtocol(
            new JsonHubProtocol(provider.GetRequiredService<IOptions<JsonHubProtocolOptions>>())));
        services.AddSingleton<HubCallFilter>();
        services.AddSingleton<ChatConnections>();
        services.AddSingleton<HubLifetimeManager<ChatHub>>(provider => provider.GetRequiredService<ChatConnections>());
        services.AddHostedService<HubMonitor>();
        return services;
    }

    public static void MapChatHub(this IEndpointRouteBuilder routes) => routes.MapHub<ChatHub>("/hubs/chat", options =>
    {
        // A session is looked up at every call and watched in between; nothing else ends a connection.
        options.CloseOnAuthenticationExpiration = false;
        options.Transports = HttpTransportType.WebSockets | HttpTransportType.ServerSentEvents | HttpTransportType.LongPolling;
    });
}
