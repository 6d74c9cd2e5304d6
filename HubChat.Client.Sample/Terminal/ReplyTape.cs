namespace HubChat.Client.Sample.Terminal;

/// <summary>
/// Prints a text that grows, and may be replaced, onto something that cannot take back what it has printed. A text that
/// was reset is only printed anew once it differs from what is there: an attempt that writes the same again, or a reset
/// to less than was seen, costs nothing.
/// </summary>
/// <param name="printed">What stands there already.</param>
internal sealed class ReplyTape(string printed = "")
{
    private string _printed = printed;

    public int Length => _printed.Length;

    /// <summary>Whether some of what was printed is not in the text.</summary>
    public bool Restarted { get; private set; }

    /// <summary>What is to be printed now; when <c>Anew</c>, all of the text, after a mark that says so.</summary>
    public (string Added, bool Anew) Show(string text, bool ended)
    {
        // Half a character waits for its other half.
        var known = !ended && text.Length > 0 && char.IsHighSurrogate(text[^1]) ? text[..^1] : text;
        if (known.StartsWith(_printed, StringComparison.Ordinal))
        {
            var added = known[_printed.Length..];
            _printed = known;
            return (added, false);
        }

        if (!ended && _printed.StartsWith(known, StringComparison.Ordinal))
        {
            return ("", false);
        }

        _printed = known;
        Restarted = true;
        return (known, true);
    }
}
