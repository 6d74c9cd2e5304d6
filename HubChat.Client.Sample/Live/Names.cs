using HubChat.Client.Sample.Contract;
using HubChat.Client.Sample.State;
using HubChat.Client.Sample.Terminal;

namespace HubChat.Client.Sample.Live;

/// <summary>What people are called, remembered beyond the moment they leave.</summary>
internal sealed class Names
{
    public const string Assistant = "assistant";

    private readonly Dictionary<string, string> _names = [];

    public void Learn(ChatState state)
    {
        foreach (var person in state.Chat?.Participants ?? [])
        {
            Learn(person);
        }
    }

    public void Learn(Participant person) => _names[person.UserId] = NameOf(person);

    public string Of(string? userId) => userId is not null && _names.TryGetValue(userId, out var name) ? name : "somebody";

    public string Of(Message message) => message.IsReply
        ? Assistant
        : message.AuthorId is { } id && _names.TryGetValue(id, out var name)
            ? name
            : Distinct(TerminalFilter.CleanLine(message.AuthorName), null);

    private static string NameOf(Participant person) =>
        Distinct(TerminalFilter.CleanLine(person.DisplayName), TerminalFilter.CleanLine(person.Username));

    /// <summary>Nobody passes for the assistant, or has no name at all.</summary>
    private static string Distinct(string name, string? username) =>
        name.Length == 0 ? username ?? "somebody"
        : name.Equals(Assistant, StringComparison.OrdinalIgnoreCase) ? $"{name} ({username ?? "a person"})"
        : name;
}
