namespace HubChat.Client.Sample.Live;

/// <summary>
/// What stands after a slash command, checked here because the server's refusal would speak of the wire and not of what was typed.
/// </summary>
/// <exception cref="ClientException">One sentence of usage.</exception>
internal static class CommandArguments
{
    public static string Chat(string rest) =>
        rest.Length > 0 ? rest : throw Usage("/open needs a chat: /open N, by number, id or title; /list shows them.");

    public static string Query(string rest) => rest.Length > 0 ? rest : throw Usage("/search needs words: /search WORDS.");

    public static string Title(string rest) => rest.Length > 0 ? rest : throw Usage("/rename needs the new title: /rename TITLE.");

    public static string AssistantMode(string rest) => rest.ToLowerInvariant() is ("always" or "mention" or "off") and var mode
        ? mode
        : throw Usage("/assistant needs a mode: /assistant always, /assistant mention or /assistant off.");

    public static string Model(string rest) => rest.Length > 0 ? rest : throw Usage("/model needs a name: /model NAME; /models lists them.");

    public static string UserName(string rest) =>
        rest.TrimStart('@') is { Length: > 0 } name ? name : throw Usage("/remove needs a user name: /remove NAME; /who shows the names.");

    public static (string Username, string? Role) Invitation(string rest) =>
        rest.TrimStart('@').Split(' ', StringSplitOptions.RemoveEmptyEntries) switch
        {
            [var name] => (name, null),
            [var name, ("member" or "reader") and var role] => (name, role),
            _ => throw Usage("/invite needs one user name: /invite NAME, or /invite NAME reader for somebody who may only read."),
        };

    private static ClientException Usage(string sentence) => new(ExitCode.Usage, sentence);
}
