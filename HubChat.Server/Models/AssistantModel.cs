using HubChat.Server.Identity;
using Microsoft.Extensions.AI;

namespace HubChat.Server.Models;

/// <summary>
/// A model that chats can choose. Any <see cref="IChatClient"/> can stand behind it: register one as a service, and it is offered beside
/// those of the configuration.
/// </summary>
/// <param name="Name">What chats call it.</param>
/// <param name="Client">How it is called.</param>
/// <param name="ContextTokens">How much it reads, its own answer included.</param>
/// <param name="MaxOutputTokens">How much of that is kept free for the answer.</param>
/// <param name="WritesTitles">Whether it is worth asking for a title.</param>
internal sealed record AssistantModel(string Name, IChatClient Client, int ContextTokens, int MaxOutputTokens, bool WritesTitles)
{
    /// <summary>What kind of server it runs on: <c>demo</c>, <c>ollama</c>, <c>openai</c>, or the name of a registered client.</summary>
    public string Provider { get; init; } = "custom";

    /// <summary>The server it runs on; null when that is this process.</summary>
    public Upstream? Upstream { get; init; }

    /// <summary>Who may use it; empty means everybody.</summary>
    public IReadOnlyList<UserRole> Roles { get; init; } = [];

    public ModelPrice Price { get; init; } = ModelPrice.Free;

    public ModelTimeouts Timeouts { get; init; } = new();

    public bool IsFor(UserRole role) => Roles.Count == 0 || Roles.Contains(role);
}
