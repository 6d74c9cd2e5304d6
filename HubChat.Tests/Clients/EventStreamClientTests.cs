using System.Text;
using System.Text.Json;
using HubChat.Tests.App;
using HubChat.Tests.Faults;
using Xunit;

namespace HubChat.Tests.Clients;

/// <summary>
/// The EventSource of npm as it is, and the client of docs/examples, on a connection that is cut again and again, anywhere: within heads,
/// frames and characters.
/// </summary>
public sealed class EventStreamClientTests(NodeClients node) : IClassFixture<NodeClients>
{
    private const int Cuts = 50;
    private const string Alphabet = "a é€😀\n\"\\\u2028";

    private static readonly string Examples = Path.Combine(RepositoryFolder.Path, "docs", "examples");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public Task Event_source_loses_and_doubles_nothing() =>
        ReadThroughCutsAsync(arguments => new NodeProgram(node.Folder, ["eventsource.mjs", .. arguments]));

    [Fact]
    public Task Example_loses_and_doubles_nothing() =>
        ReadThroughCutsAsync(arguments => new NodeProgram(Examples, ["backend-api.mjs", .. arguments]));

    [Fact]
    public async Task Example_says_how_a_reply_ended_and_goes_on_in_its_conversation()
    {
        await using var app = new HubChatApp();
        var ada = await app.SignUpAsync("ada", Token);
        var first = await AskAsync("Hello");
        var second = await AskAsync("Again", ConversationOf(first));
        Assert.Equal($"You said: Again \n[finished_successfully] conversation {ConversationOf(first)}\n", second);

        var refused = await Assert.ThrowsAnyAsync<Exception>(() => AskAsync("Again", Guid.NewGuid().ToString()));
        Assert.Contains("conversation_not_found", refused.Message, StringComparison.Ordinal);

        async Task<string> AskAsync(params string[] arguments)
        {
            await using var program = new NodeProgram(Examples, ["backend-api.mjs", app.Address.ToString().TrimEnd('/'), ada.Token, .. arguments]);
            return await program.EndAsync(Token);
        }
    }

    [Fact]
    public async Task Fold_of_the_example_follows_every_rule()
    {
        await using var program = new NodeProgram(RepositoryFolder.Path, ["--test", "HubChat.Tests/Clients/fold.test.mjs"]);

        Assert.Contains("fail 0\n", await program.EndAsync(Token), StringComparison.Ordinal);
    }

    private static async Task ReadThroughCutsAsync(Func<string[], NodeProgram> start)
    {
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"Seed {seed}");
        var random = new Random(seed);
        await using var app = new HubChatApp();
        app.Model.Hold = true;
        var ada = await app.SignUpAsync("ada", Token);
        await using var proxy = FaultProxy.Start(app.Address, seed);
        await using var client = start([proxy.Address.ToString().TrimEnd('/'), ada.Token, "Hello"]);
        var turn = await app.Model.NextTurnAsync(Token);
        turn.Say("Begun. ");
        await HoldsAsync(() => client.Output.Length > 0);

        // Each connection is cut a random number of bytes after the one before it.
        var said = new StringBuilder("Begun. ");
        for (var cut = 0; cut < Cuts; cut++)
        {
            var accepted = proxy.AcceptedConnections;

            // The example gives up after a dozen connections that bring it nothing: each fifth brings it something, whatever is drawn.
            var least = cut % 5 == 4 ? 3_000 : 1;
            proxy.ToClient = new LinkFaults { CutAfter = random.Next(least, least + 1_500), SliceSize = random.Next(1, 50) };
            await HoldsAsync(() =>
            {
                var piece = string.Concat(Enumerable.Range(0, random.Next(1, 40)).Select(_ => Alphabet.EnumerateRunes().ElementAt(random.Next(8))));
                said.Append(piece);
                turn.Say(piece);
                return proxy.AcceptedConnections > accepted;
            });
        }

        proxy.Heal();
        turn.Finish();

        var output = await client.EndAsync(Token);
        using var http = ada.Http();
        var history = await http.GetStringAsync(new Uri($"/backend-api/conversation/{ConversationOf(output)}", UriKind.Relative), Token);
        var stored = JsonElement.Parse(history).GetProperty("messages")[1].GetProperty("content").GetProperty("parts")[0].GetString();
        Assert.Equal(said.ToString(), stored);
        Assert.Equal($"{said}\n[finished_successfully] conversation {ConversationOf(output)}\n", output);
        Assert.False(turn.Cancelled.IsCompleted);

        Task HoldsAsync(Func<bool> condition) => Eventually.HoldsAsync(
            () => client.HasExited ? throw new InvalidOperationException($"It ended too soon: {client.Output}") : condition(), Token, TimeSpan.FromSeconds(60));
    }

    private static string ConversationOf(string output) => output.TrimEnd()[^36..];
}
