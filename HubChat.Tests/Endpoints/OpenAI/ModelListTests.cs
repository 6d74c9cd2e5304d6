using System.Net;
using HubChat.Server.Identity;
using HubChat.Server.Ids;
using HubChat.Tests.App;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace HubChat.Tests.Endpoints.OpenAI;

public sealed class ModelListTests(OpenAIWorld world) : IClassFixture<OpenAIWorld>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Models_of_the_role_are_listed()
    {
        var list = (await world.Client.GetAsync("/v1/models", world.ModelsKey)).Body;

        Assert.Equal("list", list.GetProperty("object").GetString());
        var models = list.GetProperty("data").EnumerateArray().ToList();
        Assert.Equal(
            [HubChatApp.ModelName, HubChatApp.TitledModelName, OpenAIWorld.OddName, OpenAIWorld.ChatLikeName, OpenAIWorld.EndlessName, "demo"],
            models.Select(model => model.GetProperty("id").GetString()));
        Assert.All(models, model => Assert.Equal(
            ("model", 0, "hubchat"),
            (model.GetProperty("object").GetString(), model.GetProperty("created").GetInt64(), model.GetProperty("owned_by").GetString())));
    }

    [Theory]
    [InlineData("/v1/models/vendor/odd:7b")]
    [InlineData("/v1/models/vendor%2Fodd%3A7b")]
    [InlineData("/v1/models/vendor%2fodd:7b")]
    public async Task Model_may_have_any_name(string path)
    {
        var answer = await world.Client.GetAsync(path, world.ModelsKey);

        Assert.Equal((HttpStatusCode.OK, OpenAIWorld.OddName), (answer.Status, answer.Body.GetProperty("id").GetString()));
    }

    [Fact]
    public async Task Model_of_administrators_is_theirs_alone()
    {
        var root = await world.App.SignUpAsync("administrator", Token);
        var id = new UserId(Guid.Parse(root.Id));
        await world.App.ReadAsync(db => db.Users.Where(row => row.Id == id).ExecuteUpdateAsync(set => set.SetProperty(row => row.Role, UserRole.Admin)));
        var key = await world.NewKeyAsync(root, "models");

        Assert.Equal(HttpStatusCode.OK, (await world.Client.GetAsync($"/v1/models/{OpenAIWorld.AdminsName}", key)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await world.Client.GetAsync($"/v1/models/{OpenAIWorld.AdminsName}", world.ModelsKey)).Status);
        Assert.Contains(OpenAIWorld.AdminsName, (await world.Client.GetAsync("/v1/models", key)).Body.GetRawText(), StringComparison.Ordinal);
    }
}
