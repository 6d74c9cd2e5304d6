using System.Text.Json;

namespace HubChat.Tests.Models.Fakes;

/// <summary>A server that speaks like OpenAI.</summary>
internal sealed class FakeOpenAI : FakeUpstream
{
    private FakeOpenAI()
        : base(port: 0) => Models.Add(new FakeModel(OpenAIProtocol.Model));

    /// <summary>The base address that clients are given.</summary>
    public Uri BaseAddress => new(Address, "v1");

    public static async Task<FakeOpenAI> StartAsync()
    {
        var server = new FakeOpenAI();
        await server.ListenAsync();
        return server;
    }

    public static object ToItem(FakeModel model) => new { id = model.Name, @object = "model", created = 1_795_341_600, owned_by = "library" };

    protected override FakeProtocol? ProtocolOf(string path) => path == "/v1/chat/completions" ? new OpenAIProtocol() : null;

    protected override object? Lookup(string path, JsonElement body) => path == "/v1/models"
        ? new { @object = "list", data = Models.Select(ToItem) }
        : Models.Find(model => path == $"/v1/models/{model.Name}") is { } found ? ToItem(found) : null;
}
