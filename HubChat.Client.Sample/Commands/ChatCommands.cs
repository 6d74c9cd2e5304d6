using System.Globalization;
using HubChat.Client.Sample.Contract;
using HubChat.Client.Sample.Terminal;
using Spectre.Console;

namespace HubChat.Client.Sample.Commands;

/// <summary>One question to the hub each, answered on standard output.</summary>
internal static class ChatCommands
{
    public static async Task<int> ListAsync(ClientContext context, CancellationToken cancellationToken)
    {
        await using var session = await context.ConnectAsync(cancellationToken);
        string? before = null;
        var chats = new List<ChatSummary>();
        ChatList page;
        do
        {
            page = await session.CallAsync<ChatList>("ListChats", [new ListChatsRequest(before)], cancellationToken);
            chats.AddRange(page.Chats);
            before = page.Chats is [.., var last] ? last.Id : null;
        }
        while (page.HasMore && before is not null);

        if (context.Output.IsTerminal)
        {
            AnsiConsole.Write(TableOf(chats));
            return ExitCode.Ok;
        }

        foreach (var chat in chats)
        {
            context.Output.Print(string.Join('\t', chat.Id, TerminalFilter.CleanLine(chat.Title), chat.Role,
                string.Create(CultureInfo.InvariantCulture, $"{chat.Unread}\t{chat.ParticipantCount}\t{(chat.Running ? "running" : "")}")));
        }

        return ExitCode.Ok;
    }

    public static async Task<int> NewAsync(ClientContext context, CancellationToken cancellationToken)
    {
        await using var session = await context.ConnectAsync(cancellationToken);
        var request = new CreateChatRequest(
            context.Line.Argument, context.Line.Invited.Count == 0 ? null : context.Line.Invited);
        var chat = await session.CallOnceAsync<Chat>("CreateChat", [request], cancellationToken);
        context.Output.Print(TerminalFilter.CleanLine(chat.Id));
        return ExitCode.Ok;
    }

    public static async Task<int> CheckAsync(ClientContext context, CancellationToken cancellationToken)
    {
        var user = await context.WhoAmIAsync(cancellationToken);
        await using var session = await context.ConnectAsync(cancellationToken);
        var started = context.Time.GetTimestamp();
        await session.CallAsync<ChatList>("ListChats", [new ListChatsRequest(Limit: 1)], cancellationToken);
        var took = context.Time.GetElapsedTime(started);
        context.Output.Print(string.Create(CultureInfo.InvariantCulture,
            $"{context.Line.Server} answers; signed in as {TerminalFilter.CleanLine(user.Username)}; the hub took {took.TotalMilliseconds:0.0} ms."));
        return ExitCode.Ok;
    }

    public static Table TableOf(IReadOnlyList<ChatSummary> chats)
    {
        var table = new Table().Border(TableBorder.Rounded)
            .AddColumns("[bold]#[/]", "[bold]Chat[/]", "[bold]People[/]", "[bold]New[/]", "[bold]Last message[/]", "[bold]Id[/]");
        foreach (var (chat, number) in chats.Select((chat, index) => (chat, index + 1)))
        {
            // Text is shown as it is; only markup would be interpreted.
            table.AddRow(
                Cell(number.ToString(CultureInfo.InvariantCulture)),
                Cell(TitleOf(chat) + (chat.Running ? " …" : "")),
                Cell(chat.ParticipantCount.ToString(CultureInfo.InvariantCulture)),
                Cell(chat.Unread == 0 ? "" : chat.Unread.ToString(CultureInfo.InvariantCulture)),
                Cell(chat.LastMessage is { } last ? $"{last.AuthorName ?? "assistant"}: {last.Preview}" : "", 40),
                Cell(chat.Id));
        }

        return table;
    }

    public static string TitleOf(ChatSummary chat) => TerminalFilter.CleanLine(chat.Title) is { Length: > 0 } title ? title : "(no title yet)";

    private static Spectre.Console.Text Cell(string text, int longest = 200)
    {
        var clean = TerminalFilter.CleanLine(text);
        return new Spectre.Console.Text(clean.Length <= longest ? clean : clean[..longest] + "…");
    }
}
