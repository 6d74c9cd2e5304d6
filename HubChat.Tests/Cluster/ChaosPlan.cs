using System.Globalization;

namespace HubChat.Tests.Cluster;

/// <summary>How large a chaos is. <c>scripts/chaos.sh</c> says it in the environment.</summary>
internal sealed record ChaosPlan
{
    private const string Prefix = "HUBCHAT_CHAOS_";

    public int Seed { get; init; } = Random.Shared.Next();

    /// <summary>How long something is killed again and again.</summary>
    public TimeSpan Length { get; init; } = TimeSpan.FromMinutes(2);

    public TimeSpan KillEvery { get; init; } = TimeSpan.FromSeconds(3);

    public int Nodes { get; init; } = 3;

    public int Clients { get; init; } = 50;

    /// <summary>In each the assistant is asked again as soon as it has answered.</summary>
    public int Chats { get; init; } = 20;

    /// <summary>Where the outcome is written, besides the test's output.</summary>
    public string? Report { get; init; }

    public static ChaosPlan FromEnvironment()
    {
        var plan = new ChaosPlan();
        return plan with
        {
            Seed = Number("SEED", plan.Seed),
            Length = TimeSpan.FromSeconds(Number("SECONDS", (int)plan.Length.TotalSeconds)),
            KillEvery = TimeSpan.FromSeconds(Number("EVERY", (int)plan.KillEvery.TotalSeconds)),
            Nodes = Number("NODES", plan.Nodes),
            Clients = Number("CLIENTS", plan.Clients),
            Chats = Number("CHATS", plan.Chats),
            Report = Environment.GetEnvironmentVariable(Prefix + "REPORT"),
        };
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"Seed {Seed}: {Nodes} nodes, {Clients} clients, {Chats} chats, {Length.TotalSeconds:0} s, a death every {KillEvery.TotalSeconds:0} s");

    private static int Number(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(Prefix + name) is { Length: > 0 } value ? int.Parse(value, CultureInfo.InvariantCulture) : otherwise;
}
