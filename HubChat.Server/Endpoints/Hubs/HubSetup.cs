using HubChat.Server.Chats;
using HubChat.Server.Limits;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Endpoints.Hubs;

internal static class HubSetup
{
    public static IServiceCollection AddChatHub(this IServiceCollection services)
    {
        services.AddOptions<HubConnectionOptions>().BindConfiguration(HubConnectionOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<HubConnectionOptions>, HubConnectionOptionsValidator>();
        services.AddOptions<HubOptions>().Configure<IOptions<HubConnectionOptions>>((hub, connections) =>
        {
            hub.MaximumReceiveMessageSize = connections.Value.MaxMessageBytes;
            hub.MaximumParallelInvocationsPerClient = 1;
            hub.HandshakeTimeout = connections.Value.HandshakeTimeout;
            hub.KeepAliveInterval = connections.Value.KeepAliveInterval;
            hub.ClientTimeoutInterval = connections.Value.ClientTimeout;
            hub.EnableDetailedErrors = false;
            hub.AddFilter<HubCallFilter>();
        });
        services.AddSignalR()
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
