using HubChat.Client.Sample.Terminal;

namespace HubChat.Client.Sample.Live;

internal static class StatusLine
{
    public static string Of(ChatView? view, Names names, string me, bool connected, DateTimeOffset now)
    {
        var parts = new List<string>();
        if (!connected)
        {
            parts.Add("connection lost, trying again");
        }

        if (view is not { State.Chat: { } chat })
        {
            parts.Add(view is null ? "no chat is open · /list /open /new /help" : "opening");
            return "── " + string.Join(" · ", parts);
        }

        parts.Add(TerminalFilter.CleanLine(chat.Title) is { Length: > 0 } title ? title : "(no title yet)");
        if (connected)
        {
            parts.Add("here: " + string.Join(", ", view.State.Present.Select(names.Of)));
        }

        if (view.State.Messages.Values.LastOrDefault(message => message.State == "running") is not null)
        {
            parts.Add("assistant is writing (/stop)");
        }

        var waiting = view.State.Messages.Values.Count(message => message.State == "queued");
        if (waiting > 0)
        {
            parts.Add($"{waiting} waiting for the assistant");
        }

        var typing = view.Typing(now).Where(id => connected && id != me).Select(names.Of).ToList();
        if (typing.Count > 0)
        {
            parts.Add($"{string.Join(", ", typing)} {(typing.Count == 1 ? "is" : "are")} typing");
        }

        return "── " + string.Join(" · ", parts);
    }
}
