namespace HubChat.Client.Sample.Commands;

/// <summary>What the user typed, taken apart and checked.</summary>
internal sealed record CommandLine(Verb Verb, Uri Server)
{
    public const string DefaultServer = "http://127.0.0.1:5080";

    public IReadOnlyList<string> Arguments { get; init; } = [];
    public string? Argument => Arguments is [var first, ..] ? first : null;
    public string? Chat { get; init; }
    public string? Say { get; init; }
    public string? Email { get; init; }
    public string? DisplayName { get; init; }
    public IReadOnlyList<string> Invited { get; init; } = [];
    public bool PasswordFromInput { get; init; }

    /// <exception cref="ClientException">It cannot be understood; the sentence says why.</exception>
    public static CommandLine Parse(IReadOnlyList<string> arguments, string? serverOfEnvironment = null)
    {
        var words = new List<string>();
        var invited = new List<string>();
        var line = new CommandLine(Verb.Live, ParseServer(string.IsNullOrEmpty(serverOfEnvironment) ? DefaultServer : serverOfEnvironment));
        var queue = new Queue<string>(arguments);
        var onlyWords = false;
        Verb? asked = null;
        while (queue.TryDequeue(out var argument))
        {
            if (onlyWords || argument is "-" || !argument.StartsWith('-'))
            {
                words.Add(argument);
                continue;
            }

            var (name, value) = Split(argument);
            switch (name)
            {
                case "--":
                    onlyWords = true;
                    break;
                case "--help" or "-h":
                    asked = Verb.Help;
                    break;
                case "--version":
                    asked ??= Verb.Version;
                    break;
                case "--password-stdin":
                    line = line with { PasswordFromInput = true };
                    break;
                case "--server":
                    line = line with { Server = ParseServer(Value()) };
                    break;
                case "--chat":
                    line = line with { Chat = Value() };
                    break;
                case "--say":
                    line = line with { Say = Value() };
                    break;
                case "--email":
                    line = line with { Email = Value() };
                    break;
                case "--name":
                    line = line with { DisplayName = Value() };
                    break;
                case "--invite":
                    invited.Add(Value());
                    break;
                default:
                    throw Wrong($"There is no option {name}.");
            }

            string Value() => value ?? (queue.TryDequeue(out var next) ? next : throw Wrong($"{name} needs a value."));
        }

        return asked is { } question ? line with { Verb = question } : Check(WithVerb(line with { Invited = invited }, words));
    }

    private static CommandLine WithVerb(CommandLine line, List<string> words)
    {
        if (words.Count == 0)
        {
            return line with { Verb = line.Say is not null ? Verb.Say : line.Chat is not null ? Verb.Open : Verb.Live };
        }

        var verb = words[0] switch
        {
            "signup" => Verb.SignUp,
            "login" => Verb.LogIn,
            "logout" => Verb.LogOut,
            "list" => Verb.List,
            "new" => Verb.New,
            "open" => Verb.Open,
            "say" => Verb.Say,
            "check" => Verb.Check,
            "demo" => Verb.Demo,
            "help" => Verb.Help,
            "version" => Verb.Version,
            _ => throw Wrong($"There is no command {words[0]}."),
        };
        var rest = words[1..];
        return verb switch
        {
            Verb.Open when line.Chat is null && rest.Count > 0 => line with { Verb = verb, Chat = rest[0], Arguments = rest[1..] },
            Verb.Say when line.Say is null && rest.Count > 0 => line with { Verb = verb, Say = rest[0], Arguments = rest[1..] },
            _ => line with { Verb = verb, Arguments = rest },
        };
    }

    private static CommandLine Check(CommandLine line)
    {
        var allowed = line.Verb switch
        {
            Verb.SignUp or Verb.LogIn or Verb.New => 1,
            Verb.Help => int.MaxValue,
            _ => 0,
        };
        if (line.Arguments.Count > allowed)
        {
            throw Wrong($"“{line.Arguments[allowed]}” is one word too many. Put a text of several words in quotation marks.");
        }

        if (line.Say is not null && line.Verb != Verb.Say)
        {
            throw Wrong("--say stands alone, with --chat.");
        }

        return line switch
        {
            { Verb: Verb.Say, Chat: null } => throw Wrong("--say needs --chat ID; hubchat list shows the ids."),
            { Verb: Verb.Say, Say: null or "" } => throw Wrong("There is nothing to say."),
            { Chat: { } chat } when !Guid.TryParse(chat, out _) => throw Wrong($"“{chat}” is not the id of a chat; hubchat list shows the ids."),
            { Chat: not null, Verb: not (Verb.Say or Verb.Open) } => throw Wrong("--chat goes with --say and open."),
            _ => line,
        };
    }

    private static (string Name, string? Value) Split(string option)
    {
        var at = option.StartsWith("--", StringComparison.Ordinal) ? option.IndexOf('=', StringComparison.Ordinal) : -1;
        return at < 0 ? (option, null) : (option[..at], option[(at + 1)..]);
    }

    private static Uri ParseServer(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var server) && server.Scheme is "http" or "https"
            ? server
            : throw Wrong($"“{text}” is not the address of a server; it looks like {DefaultServer}.");

    private static ClientException Wrong(string sentence) => new(ExitCode.Usage, $"{sentence} See hubchat --help.");
}
