namespace HubChat.Server.Nodes;

/// <summary>This process among those that share a database. Each start is a new one: what a former one had begun is not its own.</summary>
/// <param name="Id">Never used twice.</param>
/// <param name="Name">For people: the machine's name, up to 64 characters.</param>
internal sealed record NodeIdentity(Guid Id, string Name)
{
    public const int MaxNameLength = 64;

    public static NodeIdentity New()
    {
        var machine = Environment.MachineName;
        return new NodeIdentity(Guid.CreateVersion7(), machine[..Math.Min(machine.Length, MaxNameLength)]);
    }
}
