using HubChat.Server.Audit;
using HubChat.Server.Chats;
using HubChat.Server.Endpoints.Admin;
using HubChat.Server.Endpoints.Auth;
using HubChat.Server.Endpoints.Hubs;
using HubChat.Server.Endpoints.OpenAI;
using HubChat.Server.Endpoints.Sse;
using HubChat.Server.Endpoints.Usage;
using HubChat.Server.Generations;
using HubChat.Server.Hosting;
using HubChat.Server.Identity;
using HubChat.Server.Models;
using HubChat.Server.Nodes;
using HubChat.Server.Realtime;
using HubChat.Server.Redis;
using HubChat.Server.Storage;
using HubChat.Server.Usage;

try
{
    var builder = WebApplication.CreateBuilder(args);
    builder.Configuration.KeepLastRead();
    builder.Services
        .AddHosting()
        .AddRedis(builder.Configuration)
        .AddStorage(builder.Configuration)
        .AddNodes()
        .AddAudit()
        .AddAccounts()
        .AddUsage()
        .AddModels()
        .AddRealtime()
        .AddChats()
        .AddGenerations()
        .AddChatHub()
        .AddOpenAI()
        .AddSse()
        .AddTelemetry(builder.Configuration);

    await using var app = builder.Build();
    app.UseHosting();
    app.MapHealth();
    app.MapAuth();
    app.MapUsage();
    app.MapAdmin();
    app.MapChatHub();
    app.MapOpenAI();
    app.MapSse();
    await app.RunAsync();
    return 0;
}
catch (Exception exception) when (StartupMistakes.In(exception) is { Count: > 0 } mistakes)
{
    return StartupMistakes.Report(mistakes);
}
