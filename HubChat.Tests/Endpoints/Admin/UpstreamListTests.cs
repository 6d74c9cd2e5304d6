using HubChat.Server.Identity;
using HubChat.Server.Models;
using HubChat.Tests.App;
using HubChat.Tests.Endpoints.Auth;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace HubChat.Tests.Endpoints.Admin;

public sealed class UpstreamListTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Servers_of_models_are_listed_with_how_they_do()
    {
        using var upstream = new Upstream("ollama", "http://127.0.0.1:11434", maxRunning: 2, maxWaiting: 4, TimeProvider.System);
        using var model = new ScriptedModel();
        await using var app = new HubChatApp
        {
            MoreServices = services => services.AddSingleton(
                new AssistantModel("far", model, ContextTokens: 4_096, MaxOutputTokens: 1_024, WritesTitles: false) { Upstream = upstream }),
        };
        using var client = new AuthClient(app);
        var ada = await app.SignUpAsync("ada", Token);
        await app.ReadAsync(db => db.Users.ExecuteUpdateAsync(set => set.SetProperty(user => user.Role, UserRole.Admin), Token));

        Assert.Equal(
            """[{"provider":"ollama","address":"http://127.0.0.1:11434","models":["far"],"running":0,"waiting":0}]""", await ListAsync(client, ada));

        using var turn = await upstream.EnterAsync(Token);
        upstream.Succeeded();
        upstream.Failed(new ModelException(ModelException.Failed, "It said 500.") { Status = 500 });

        var busy = await ListAsync(client, ada);
        Assert.Contains("\"running\":1,\"waiting\":0,\"lastSuccessAt\":\"20", busy, StringComparison.Ordinal);
        Assert.Contains("\"code\":\"model_error\",\"status\":500,\"detail\":\"It said 500.\"}", busy, StringComparison.Ordinal);
    }

    private static async Task<string> ListAsync(AuthClient client, TestUser admin) =>
        (await client.GetAsync("/api/admin/upstreams", admin.Token)).Body.GetProperty("upstreams").GetRawText();
}
