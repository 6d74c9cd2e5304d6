using System.Text.RegularExpressions;

namespace HubChat.Server.Models.Upstreams;

/// <summary>Names and ids that an upstream gave: short and of harmless characters, or nothing.</summary>
internal static partial class PlainText
{
    public static string? OrNull(string? text) => text is not null && Plain().IsMatch(text) ? text : null;

    [GeneratedRegex(@"\A[A-Za-z0-9_.:/@+-]{1,128}\z")]
    private static partial Regex Plain();
}
