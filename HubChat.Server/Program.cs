using HubChat.Server.Chats;
using HubChat.Server.Endpoints.Auth;
using HubChat.Server.Endpoints.Hubs;
using HubChat.Server.Generations;
using HubChat.Server.Hosting;
using HubChat.Server.Identity;
using HubChat.Server.Storage;

var builder = WebApplication.CreateBuilder(args);
builder.Services
    .AddHosting()
    .AddStorage()
    .AddAccounts()
    .AddChats()
    .AddGenerations()
    .AddChatHub();

var app = builder.Build();
app.UseHosting();
app.MapHealth();
app.MapAuth();
app.MapChatHub();
return await app.RunToEndAsync();
