using HubChat.Server.Chats;
using HubChat.Server.Endpoints.Auth;
using HubChat.Server.Endpoints.Hubs;
using HubChat.Server.Generations;
using HubChat.Server.Hosting;
using HubChat.Server.Identity;
using HubChat.Server.Storage;

try
{
    var builder = WebApplication.CreateBuilder(args);
    builder.Services
        .AddHosting()
        .AddStorage()
        .AddAccounts()
        .AddChats()
        .AddGenerations()
        .AddChatHub();

    await using var app = builder.Build();
    app.UseHosting();
    app.MapHealth();
    app.MapAuth();
    app.MapChatHub();
    await app.RunAsync();
    return 0;
}
catch (Exception exception) when (StartupMistakes.In(exception) is { Count: > 0 } mistakes)
{
    return StartupMistakes.Report(mistakes);
}
