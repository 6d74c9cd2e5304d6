namespace HubChat.Server.Generations;

/// <summary>A model may end a piece of text in the middle of a character; half a surrogate pair must never be stored or sent.</summary>
internal sealed class SurrogateHold
{
    private char? _held;

    /// <summary>The text that can be shown, with what was held before it. Halves that find no partner become U+FFFD.</summary>
    public string Take(string piece)
    {
        var text = _held is { } high ? high + piece : piece;
        _held = null;
        if (text.Length > 0 && char.IsHighSurrogate(text[^1]))
        {
            _held = text[^1];
            text = text[..^1];
        }

        return Repair(text);
    }

    /// <summary>What is still held when no more comes.</summary>
    public string Rest()
    {
        var rest = _held is null ? "" : "\uFFFD";
        _held = null;
        return rest;
    }

    // NUL cannot be kept by every database.
    private static string Repair(string text)
    {
        var isClean = true;
        for (var i = 0; i < text.Length && isClean; i++)
        {
            isClean = text[i] != '\0' && !char.IsSurrogate(text[i]);
        }

        return isClean ? text : string.Concat(text.EnumerateRunes().Select(rune => rune.Value == 0 ? "\uFFFD" : rune.ToString()));
    }
}
