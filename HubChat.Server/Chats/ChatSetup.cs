using HubChat.Server.Chats.Watching;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Chats;

internal static class ChatSetup
{
    public static IServiceCollection AddChats(this IServiceCollection services)
    {
        services.AddOptions<ChatOptions>().BindConfiguration(ChatOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<ChatOptions>, ChatOptionsValidator>();
        services.AddOptions<ReplyQueueOptions>().BindConfiguration(ReplyQueueOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<ReplyQueueOptions>, ReplyQueueOptionsValidator>();

        services.AddSingleton<ChatFeed>();
        services.AddSingleton<InboxFeed>();
        services.AddSingleton<WatchReader>();
        services.AddSingleton<WatchService>();
        services.AddSingleton<ChatChanges>();
        services.AddSingleton<ReplyQueue>();
        services.AddSingleton<MessageService>();
        services.AddSingleton<QuestionService>();
        services.AddSingleton<ChatService>();
        services.AddSingleton<SearchService>();
        services.AddSingleton<ParticipantService>();
        services.AddSingleton<FeedMonitor>();
        services.AddHostedService(provider => provider.GetRequiredService<FeedMonitor>());
        services.AddHostedService<FeedRelay>();
        services.AddHostedService<InboxAnnouncer>();
        return services;
    }
}
