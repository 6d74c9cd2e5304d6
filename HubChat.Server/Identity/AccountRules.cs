using System.Globalization;
using System.Net.Mail;
using System.Text;
using HubChat.Server.Errors;
using HubChat.Server.Text;

namespace HubChat.Server.Identity;

/// <summary>What names, addresses and passwords may look like.</summary>
internal static class AccountRules
{
    public const int MinPasswordLength = 8;

    /// <summary>Checked before anything is hashed: a long password is a way to keep a processor busy.</summary>
    public const int MaxPasswordLength = 128;

    private const string UserNameCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    private const int MaxUserNameLength = 32;
    private const int MaxEmailLength = 254;

    public static string RequireUserName(string? name) =>
        name is { Length: >= 3 and <= MaxUserNameLength } && name.All(UserNameCharacters.Contains) && !name.Equals("assistant", StringComparison.OrdinalIgnoreCase)
            ? name
            : throw ChatException.Invalid("username_invalid", "A user name has 3 to 32 of the characters a-z A-Z 0-9 . _ - and is not 'assistant'.");

    /// <summary>Whether a user name may begin like this.</summary>
    public static bool BeginsUserName(string start) => start.Length is >= 1 and <= MaxUserNameLength && start.All(UserNameCharacters.Contains);

    public static string RequireEmail(string? email) =>
        email is { Length: <= MaxEmailLength } && MailAddress.TryCreate(email, out var address) && address.Address == email && !email.Any(char.IsControl)
            ? email
            : throw ChatException.Invalid("email_invalid", "This is not an e-mail address.");

    public static void RequirePassword(string? password)
    {
        if (password is not { Length: >= MinPasswordLength and <= MaxPasswordLength })
        {
            throw ChatException.Invalid("password_invalid", $"A password has {MinPasswordLength} to {MaxPasswordLength} characters.");
        }
    }

    /// <summary>One line, without the characters that turn a line round or hide in it (Unicode bidirectional and format controls).</summary>
    public static string RequireDisplayName(string? name, string code = "name_invalid", int maxLength = User.MaxDisplayNameLength)
    {
        try
        {
            var line = TextRules.RequireLine(name, maxLength, "A name").Normalize();
            return line.EnumerateRunes().Any(rune => Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format)
                ? throw ChatException.Invalid("text_invalid", "A name must not contain invisible characters.")
                : line;
        }
        catch (ChatException refusal)
        {
            throw ChatException.Invalid(code, $"A name has 1 to {maxLength} characters on one line. {refusal.Message}");
        }
    }
}
