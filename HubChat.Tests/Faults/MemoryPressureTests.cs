using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using HubChat.Tests.App;
using Xunit;

namespace HubChat.Tests.Faults;

/// <summary>F52: there is little memory, and a crowd that takes nothing of what it asks for.</summary>
[Trait("Category", "Slow")]
public sealed class MemoryPressureTests
{
    // What .NET may have for its heap, in hexadecimal: 128 MB.
    private const string HeapLimit = "8000000";

    private const int Readers = 100;
    private const int Before = 40;
    private const int During = 15;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Crowd_that_asks_for_much_and_takes_nothing_does_not_end_the_server()
    {
        await using var server = await FaultServer.StartAsync(Token, ("DOTNET_GCHeapHardLimit", HeapLimit));
        await using var run = new RecordedRun();
        var (ada, bob) = await run.TwoPeopleAsync(server, Token);
        await SendAsync(ada, "before", Before);

        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var crowd = Task.WhenAll(Enumerable.Range(0, Readers).Select(_ => AskAndReadNothingAsync(server, bob.User, ada.State.ChatId, leaving.Token)));
        var refusal = RefusedAsync(ada.User, Token);
        var talk = Task.WhenAll(SendAsync(ada, "a", During), SendAsync(bob, "b", During));
        await Eventually.HoldsAsync(
            () =>
            {
                Assert.False(server.HasExited, server.Output);
                return talk.IsCompleted && refusal.IsCompleted && server.Output.Contains("Memory is short", StringComparison.Ordinal);
            },
            Token,
            TimeSpan.FromMinutes(2));
        await talk;
        Assert.Equal("busy", await refusal);
        await leaving.CancelAsync();
        await crowd;

        var final = await run.CheckAsync(server.Database, Token);
        Assert.Equal(Before + (2 * During), final.Chats.Single().Messages.Count);
        Assert.False(server.HasExited);
        Assert.DoesNotContain("OutOfMemory", server.Output, StringComparison.Ordinal);
    }

    private static async Task SendAsync(RecordingClient client, string prefix, int messages)
    {
        for (var i = 0; i < messages; i++)
        {
            await client.SendAsync($"{prefix} {i} {new string('x', 30_000)}", $"{prefix}-{i}", Token);
        }
    }

    /// <summary>Asks for hub connections until one is refused; the code of the refusal.</summary>
    private static async Task<string?> RefusedAsync(TestUser user, CancellationToken cancellationToken)
    {
        using var http = user.Http();
        while (true)
        {
            using var answer = await http.PostAsync("/hubs/chat/negotiate?negotiateVersion=1", content: null, cancellationToken);
            if (answer.StatusCode is HttpStatusCode.ServiceUnavailable)
            {
                Assert.NotNull(answer.Headers.RetryAfter?.Delta);
                return (await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken)).GetProperty("code").GetString();
            }

            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            await Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken);
        }
    }

    /// <summary>Comes back whenever it was closed or refused.</summary>
    private static async Task AskAndReadNothingAsync(ServerProcess server, TestUser user, string chat, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                using var client = await RawHubClient.ConnectAsync(server.Address, user.Token, cancellationToken, receiveBuffer: 4096);
                await client.InvokeOnlyAsync("WatchChat", [new { chatId = chat }], cancellationToken);
                while (true)
                {
                    // The first answers are taken by the system itself, however little its client reads.
                    await Task.Delay(TimeSpan.FromMilliseconds(200), cancellationToken);
                    await client.InvokeOnlyAsync("GetMessages", [new { chatId = chat, limit = 100 }], cancellationToken);
                    await client.PingAsync(cancellationToken);
                }
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception lost) when (lost is IOException or InvalidOperationException or System.Net.Sockets.SocketException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(500), CancellationToken.None);
            }
        }
    }
}
