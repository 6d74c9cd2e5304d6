using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Xunit;

namespace HubChat.Tests.Models.Fakes;

/// <summary>The fakes answer as the real ones do, also to what our own clients never ask.</summary>
public sealed class FakeUpstreamTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ollama_answers_all_its_calls()
    {
        await using var ollama = await FakeOllama.StartAsync();
        using var http = new HttpClient { BaseAddress = ollama.Address };

        Assert.Equal("Ollama is running", await http.GetStringAsync("/", Token));
        foreach (var path in new[] { "/api/tags", "/api/ps" })
        {
            Assert.Equal(OllamaProtocol.Model, (await http.GetFromJsonAsync<JsonElement>(path, Token)).GetProperty("models")[0].GetProperty("name").GetString());
        }

        Assert.Equal(OllamaProtocol.Model, (await http.GetFromJsonAsync<JsonElement>("/v1/models", Token)).GetProperty("data")[0].GetProperty("id").GetString());
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync("/api/none", Token)).StatusCode);
        var answer = await AskAsync(http, "/api/chat", new { model = "llama3.2", stream = false, messages = new[] { new { role = "user", content = "Hi" } } });
        Assert.Equal("You said: Hi", answer.GetProperty("message").GetProperty("content").GetString());
    }

    [Fact]
    public async Task OpenAI_answers_all_its_calls()
    {
        await using var openAI = await FakeOpenAI.StartAsync();
        using var http = new HttpClient { BaseAddress = openAI.Address };

        Assert.Equal(OpenAIProtocol.Model, (await http.GetFromJsonAsync<JsonElement>($"/v1/models/{OpenAIProtocol.Model}", Token)).GetProperty("id").GetString());
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync("/v1/models/none", Token)).StatusCode);
        var question = new { model = OpenAIProtocol.Model, messages = new[] { new { role = "user", content = new[] { new { type = "text", text = "Hi" } } } } };
        var answer = await AskAsync(http, "/v1/chat/completions", question);
        Assert.Equal("You said: Hi", answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
    }

    [Fact]
    public async Task Scripts_answer_in_order_and_then_all_is_as_usual()
    {
        await using var ollama = await FakeOllama.StartAsync();
        using var client = ModelClients.Ollama(ollama.Address);
        ollama.Script(answer => answer.Say("One.").Done());
        ollama.Script(answer => answer.Stall().Say("Two.").Done());

        Assert.Equal("One.", (await client.HearAsync("Hi", Token)).Whole().Text);
        var second = client.HearAsync("Hi", Token);
        await ollama.NextRequestAsync(Token);
        (await ollama.NextRequestAsync(Token)).Release();
        Assert.Equal("Two.", (await second).Whole().Text);
        Assert.Equal("You said: Hi", (await client.HearAsync("Hi", Token)).Whole().Text);
    }

    private static async Task<JsonElement> AskAsync(HttpClient http, string path, object question)
    {
        using var response = await http.PostAsJsonAsync(path, question, Token);
        return await response.Content.ReadFromJsonAsync<JsonElement>(Token);
    }
}
