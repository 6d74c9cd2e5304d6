using HubChat.Server.Identity;
using HubChat.Tests.App;
using HubChat.Tests.Models.Fakes;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace HubChat.Tests.Models;

public sealed class ModelCatalogTests
{
    private static readonly string[] Bob = ["bob"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Models_of_an_Ollama_server_can_be_chosen_and_stream_to_everybody_in_the_chat()
    {
        await using var ollama = await FakeOllama.StartAsync();
        ollama.Models.Add(new FakeModel("embed:latest", 512, "embedding"));
        ollama.Models.Add(ollama.Models[0]);
        await using var app = new HubChatApp(new Dictionary<string, string> { ["Assistant:Ollama"] = $"{ollama.Address}", ["Assistant:OllamaRefresh"] = "00:00:01" });
        var (ada, bob) = (await app.SignUpAsync("ada", Token), await app.SignUpAsync("bob", Token));
        await using var adas = await ada.ConnectAsync(Token);
        await using var bobs = await bob.ConnectAsync(Token);

        var models = (await adas.CallAsync("ListModels", Token)).GetProperty("models").EnumerateArray().ToList();
        var found = models.Single(model => model.GetProperty("provider").GetString() == "ollama");
        Assert.Equal((OllamaProtocol.Model, 8_192), (found.GetProperty("name").GetString(), found.GetProperty("contextTokens").GetInt32()));

        var chat = await adas.CreateChatAsync(Token, bob);
        await adas.CallAsync("UpdateChatSettings", Token, new { chatId = chat, model = OllamaProtocol.Model });
        await bobs.WatchAsync(chat, Token);
        ollama.Script(answer => answer.SayLive().Done());
        var said = new List<string?>();
        await adas.PostAsync(chat, "@assistant Hello", "c-1", Token);
        var request = await ollama.NextRequestAsync(Token);
        foreach (var word in new[] { "Hel", "lo ", "all" })
        {
            request.Say(word);
            said.Add((await bobs.NextAsync(Token, "delta")).GetProperty("text").GetString());
        }

        request.EndLive();
        var end = (await bobs.NextEventAsync("generation.completed", Token)).GetProperty("message");
        Assert.Equal(["Hel", "lo ", "all"], said);
        Assert.Equal(("done", "Hello all", OllamaProtocol.Model), (end.GetProperty("state").GetString(), end.GetProperty("text").GetString(), end.GetProperty("model").GetString()));
        Assert.Equal(8_192, request.Json.GetProperty("options").GetProperty("num_ctx").GetInt32());

        ollama.Models.Add(new FakeModel("new:1b", 4_096, "completion"));
        await Eventually.HoldsAsync(async () => (await adas.CallAsync("ListModels", Token)).GetRawText().Contains("new:1b", StringComparison.Ordinal), Token);
    }

    [Fact]
    public async Task Ollama_server_that_comes_later_is_found()
    {
        var ollama = await FakeOllama.StartAsync();
        var address = ollama.Address;
        await ollama.DisposeAsync();
        await using var app = new HubChatApp(new Dictionary<string, string>
        {
            ["Assistant:Ollama"] = $"{address}",
            ["Assistant:OllamaRefresh"] = "00:00:01",
            ["Assistant:DefaultModel"] = "",
        });
        var ada = await app.SignUpAsync("ada", Token);
        await using var hub = await ada.ConnectAsync(Token);
        Assert.DoesNotContain("ollama", (await hub.CallAsync("ListModels", Token)).GetRawText(), StringComparison.Ordinal);

        await using var later = await FakeOllama.StartAsync(address.Port);

        await Eventually.HoldsAsync(async () => (await hub.CallAsync("ListModels", Token)).GetRawText().Contains(OllamaProtocol.Model, StringComparison.Ordinal), Token);
    }

    [Fact]
    public async Task Models_can_be_added_and_taken_away_while_the_server_runs()
    {
        await using var world = await ModelWorld.StartAsync();
        var chat = await world.NewChatAsync("ollama");

        world.Configure(
            ("Assistant:Models:2:Name", "third"), ("Assistant:Models:2:Provider", "demo"), ("Assistant:Models:0:Name", "renamed"));

        Assert.Contains("third", await world.ModelNamesAsync());
        Assert.DoesNotContain("ollama", await world.ModelNamesAsync());
        await world.Hub.WatchAsync(chat, Token);
        await world.Hub.PostAsync(chat, "Hello", "c-1", Token);
        var reply = (await world.Hub.NextEventAsync("generation.completed", Token)).GetProperty("message");
        Assert.Equal("model_unavailable", reply.GetProperty("error").GetProperty("code").GetString());
    }

    [Theory]
    [InlineData("Assistant:Models:0:BaseUrl", "http://169.254.169.254/")]
    [InlineData("Assistant:Models:0:BaseUrl", "file:///etc/passwd")]
    [InlineData("Assistant:Models:0:Name", "")]
    [InlineData("Assistant:Models:0:Name", "openai")]
    [InlineData("Assistant:Models:0:Provider", "gemini")]
    [InlineData("Assistant:Models:0:ContextTokens", "many")]
    [InlineData("Assistant:Models:0:MaxOutputTokens", "0")]
    [InlineData("Assistant:Models:0:Price:Input", "-1")]
    [InlineData("Assistant:Models:0:ContextToken", "4096")]
    [InlineData("Assistant:DefaultModel", "gone")]
    public async Task Mistake_in_a_change_is_logged_and_changes_nothing(string name, string value)
    {
        await using var world = await ModelWorld.StartAsync();
        var before = await world.ModelNamesAsync();

        world.Configure((name, value), ("Assistant:Models:2:Name", "third"), ("Assistant:Models:2:Provider", "demo"));

        Assert.Equal(before, await world.ModelNamesAsync());
        Assert.Contains(world.App.Log.All, line => line.Contains("The models stay as they were", StringComparison.Ordinal));
        Assert.Equal("done", (await world.AskAsync("ollama")).GetProperty("state").GetString());
    }

    [Fact]
    public async Task Model_for_administrators_is_neither_shown_to_others_nor_answers_them()
    {
        await using var world = await ModelWorld.StartAsync(("Assistant:Models:0:Roles:0", "Admin"));
        var bob = await world.App.SignUpAsync("bob", Token);
        await using var bobs = await bob.ConnectAsync(Token);
        var root = await world.App.SignUpAsync("root", Token);
        await world.App.ReadAsync(db => db.Users.Where(user => user.UserName == "root")
            .ExecuteUpdateAsync(set => set.SetProperty(user => user.Role, UserRole.Admin), Token));
        await using var roots = await root.ConnectAsync(Token);

        Assert.Contains("ollama", await world.ModelNamesAsync(roots));
        Assert.DoesNotContain("ollama", await world.ModelNamesAsync(bobs));
        Assert.Equal("model_unknown", await bobs.RefusedAsync("CreateChat", Token, new { settings = new { model = "ollama" } }));
        var chat = await roots.CallAsync("CreateChat", Token, new { participants = Bob, settings = new { model = "ollama", assistant = "always" } });
        var chatId = chat.GetProperty("id").GetString()!;
        Assert.Equal("model_not_allowed", await bobs.RefusedAsync("PostMessage", Token, new { chatId, text = "Hello", clientMessageId = "c-1" }));
        Assert.Empty(await bobs.MessagesAsync(chatId, Token));
        Assert.Equal("done", (await ReplyAsync(roots, chatId)).GetProperty("state").GetString());
    }

    private static async Task<System.Text.Json.JsonElement> ReplyAsync(TestConnection hub, string chat)
    {
        await hub.WatchAsync(chat, Token);
        await hub.PostAsync(chat, "Hello", "c-2", Token);
        return (await hub.NextEventAsync("generation.completed", Token)).GetProperty("message");
    }
}
