using System.Text.Json;

namespace HubChat.Tests.Models.Fakes;

/// <summary>An Ollama server: its own API, and the part of OpenAI's that it also has.</summary>
internal sealed class FakeOllama : FakeUpstream
{
    private FakeOllama(int port)
        : base(port) => Models.Add(new FakeModel(OllamaProtocol.Model, 131_072, "completion", "tools"));

    public static async Task<FakeOllama> StartAsync(int port = 0)
    {
        var ollama = new FakeOllama(port);
        await ollama.ListenAsync();
        return ollama;
    }

    protected override FakeProtocol? ProtocolOf(string path) => path switch
    {
        "/api/chat" => new OllamaProtocol(),
        "/v1/chat/completions" => new OpenAIProtocol(),
        _ => null,
    };

    protected override object? Lookup(string path, JsonElement body) => path switch
    {
        "/" => "Ollama is running",
        "/api/version" => new { version = "0.21.0" },
        "/api/tags" or "/api/ps" => new { models = Models.Select(ToItem) },
        "/api/show" => Models.Find(model => model.Name == body.GetProperty("model").GetString()) is { } shown ? ToDetails(shown) : null,
        "/v1/models" => new { @object = "list", data = Models.Select(FakeOpenAI.ToItem) },
        _ => null,
    };

    private static object ToItem(FakeModel model) => new { name = model.Name, model = model.Name, size = 1_000, context_length = model.ContextTokens };

    private static object ToDetails(FakeModel model) => new
    {
        license = "none",
        capabilities = model.Capabilities,
        model_info = new Dictionary<string, object> { ["general.architecture"] = "llama", ["llama.context_length"] = model.ContextTokens },
    };
}
