using System.Globalization;
using HubChat.Server.Text;

namespace HubChat.Server.Chats;

internal static class ChatTitle
{
    private const int MaxLength = 60;

    /// <summary>How a message begins: what a chat is called until somebody knows better. Empty for a message without text.</summary>
    public static string FromMessage(string text)
    {
        var title = Preview.Of(text.Replace("@assistant", "", StringComparison.OrdinalIgnoreCase));
        return TextRules.IsVisible(title) ? title : Preview.Of(text);
    }

    /// <summary>
    /// Calls a chat after a message, or nothing when it has none. The event refers to the message: a copy would outlive its deletion.
    /// </summary>
    public static void TakeFrom(MessageView? view, IChatTransaction change)
    {
        change.Chat.Title = view is null ? "" : FromMessage(view.Message.Text);
        change.Chat.TitleSource = view is null ? TitleSource.None : TitleSource.Message;
        change.Raise(
            ChatEventType.ChatRenamed,
            new(Message: view),
            new EventData { Title = view is null ? "" : null, TitleSource = change.Chat.TitleSource });
    }

    /// <summary>What a model proposed, without the quotation marks and headings models like to add; empty when nothing is left.</summary>
    public static string FromModel(string text) => Clean(FirstLine(text).Trim('"', '\'', '#', '*', '“', '”', ' ').TrimEnd('.'));

    private static string FirstLine(string text) =>
        text.Split(['\n', '\r', '\u2028', '\u2029'], StringSplitOptions.TrimEntries).FirstOrDefault(TextRules.IsVisible) ?? "";

    private static string Clean(string line)
    {
        var printable = string.Concat(line.Where(character => !char.IsControl(character))).Trim();
        if (!TextRules.IsVisible(printable))
        {
            return "";
        }

        if (printable.Length <= MaxLength)
        {
            return printable;
        }

        var starts = StringInfo.ParseCombiningCharacters(printable);
        var end = starts.Last(start => start <= MaxLength - 1);
        var word = printable.LastIndexOf(' ', end);
        return printable[..(word > MaxLength / 2 ? word : end)].TrimEnd() + "…";
    }
}
