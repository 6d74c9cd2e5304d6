using HubChat.Tests.App;

namespace HubChat.Tests.Faults;

/// <summary>A server process that is quick to sign people up, and what fault tests ask of it.</summary>
internal static class FaultServer
{
    extension(ServerProcess server)
    {
        public string Database => Path.Combine(server.DataFolder, "hubchat.db");

        public Task<TestUser> SignUpAsync(string userName, CancellationToken cancellationToken) =>
            TestUser.SignUpAsync(server.Address, userName, cancellationToken);
    }

    public static Task<ServerProcess> StartAsync(CancellationToken cancellationToken, params (string Name, string Value)[] settings) =>
        StartAsync(descriptors: null, cancellationToken, settings);

    /// <param name="descriptors">How many files it may open, when that is to be few.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="settings">Environment settings.</param>
    public static Task<ServerProcess> StartAsync(
        int? descriptors, CancellationToken cancellationToken, params (string Name, string Value)[] settings)
    {
        var all = new Dictionary<string, string>
        {
            ["RateLimits__Enabled"] = "false",
            ["Accounts__PasswordIterations"] = "1000",
            ["Storage__BallastBytes"] = "0",
        };
        foreach (var (name, value) in settings)
        {
            all[name] = value;
        }

        return ServerProcess.StartAsync(all, descriptors, cancellationToken);
    }

    /// <summary>Two people in one chat, each with a client that writes down what it sees.</summary>
    public static async Task<(RecordingClient Ada, RecordingClient Bob)> TwoPeopleAsync(
        this RecordedRun run, ServerProcess server, CancellationToken cancellationToken)
    {
        var ada = await server.SignUpAsync("ada", cancellationToken);
        var bob = await server.SignUpAsync("bob", cancellationToken);
        await using var hub = await ada.ConnectAsync(cancellationToken);
        var chat = await hub.CreateChatAsync(cancellationToken, bob);
        return (await run.JoinAsync(ada, chat, cancellationToken), await run.JoinAsync(bob, chat, cancellationToken));
    }
}
