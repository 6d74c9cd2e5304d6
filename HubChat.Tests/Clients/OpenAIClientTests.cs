using HubChat.Server.Models;
using HubChat.Tests.App;
using HubChat.Tests.Endpoints.OpenAI;
using Xunit;

namespace HubChat.Tests.Clients;

/// <summary>The OpenAI client of npm as it is.</summary>
public sealed class OpenAIClientTests(NodeClients node, OpenAIWorld world) : IClassFixture<NodeClients>, IClassFixture<OpenAIWorld>
{
    private const string Failing = "fail";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Answers_models_and_failures_arrive()
    {
        world.App.Model.Answer = prompt => prompt[^1].Text == Failing
            ? "One two three. " + new string('x', 10)
            : string.Join(' ', Enumerable.Range(1, 300).Select(number => $"{number} Grüße 🙂 \u2028"));
        world.App.Model.FailAfterAnswer = prompt => prompt[^1].Text == Failing ? new ModelException(ModelException.Failed, "secret") : null;

        await node.RunScriptAsync("openai.mjs", [world.App.Address.ToString(), world.ModelsKey, HubChatApp.ModelName, OpenAIWorld.OddName, Failing], Token);
    }
}
