using System.Text;

namespace HubChat.Client.Sample.Terminal;

/// <summary>
/// Makes text from the server harmless for a terminal: control characters, escape sequences and marks that turn the
/// direction of writing are left out. It keeps its place, so text may come in pieces cut anywhere.
/// </summary>
internal sealed class TerminalFilter
{
    /// <summary>A sequence that does not end by then is none: it must not swallow the rest of a text.</summary>
    private const int LongestSequence = 256;

    private enum Place
    {
        Text,
        Escape,
        Sequence,
        String,
        StringEscape,
    }

    private Place _place;
    private int _length;
    private char _highSurrogate;

    public static string Clean(string text)
    {
        var filter = new TerminalFilter();
        return filter.Pass(text) + filter.End();
    }

    /// <summary>For names and titles: one line.</summary>
    public static string CleanLine(string? text) => Clean(text ?? "").Replace('\n', ' ').Trim();

    public string Pass(string piece)
    {
        var clean = new StringBuilder(piece.Length);
        foreach (var character in piece)
        {
            Pass(character, clean);
        }

        return clean.ToString();
    }

    /// <summary>What was still held back when the text ends.</summary>
    public string End()
    {
        var clean = new StringBuilder();
        EndSurrogate(clean);
        return clean.ToString();
    }

    private void Pass(char character, StringBuilder clean)
    {
        if (_place != Place.Text && (++_length > LongestSequence || character == '\n'))
        {
            _place = Place.Text;
        }

        switch (_place)
        {
            case Place.Text:
                PassText(character, clean);
                break;
            case Place.Escape:
                _place = character switch
                {
                    '[' => Place.Sequence,
                    ']' or 'P' or 'X' or '^' or '_' => Place.String,
                    >= ' ' and <= '/' => Place.Escape,
                    '\e' => Place.Escape,
                    _ => Place.Text,
                };
                PassIfNotPartOfSequence(character, clean);
                break;
            case Place.Sequence:
                _place = character switch
                {
                    >= ' ' and <= '?' => Place.Sequence,
                    '\e' => Place.Escape,
                    _ => Place.Text,
                };
                PassIfNotPartOfSequence(character, clean);
                break;
            case Place.String:
                _place = character switch
                {
                    '\a' or '\u009c' => Place.Text,
                    '\e' => Place.StringEscape,
                    _ => Place.String,
                };
                break;
            default:
                _place = character is '\\' ? Place.Text : Place.String;
                break;
        }
    }

    /// <summary>A sequence ends with an ASCII character; anything else has broken it off and is text.</summary>
    private void PassIfNotPartOfSequence(char character, StringBuilder clean)
    {
        if (_place == Place.Text && character > '~')
        {
            PassText(character, clean);
        }
    }

    private void PassText(char character, StringBuilder clean)
    {
        if (char.IsLowSurrogate(character))
        {
            clean.Append(_highSurrogate == 0 ? "\ufffd" : $"{_highSurrogate}{character}");
            _highSurrogate = '\0';
            return;
        }

        EndSurrogate(clean);
        switch (character)
        {
            case '\e':
                (_place, _length) = (Place.Escape, 0);
                break;
            case '\u009b':
                (_place, _length) = (Place.Sequence, 0);
                break;
            case '\u0090' or '\u0098' or '\u009d' or '\u009e' or '\u009f':
                (_place, _length) = (Place.String, 0);
                break;
            case '\n' or '\u2028' or '\u2029':
                clean.Append('\n');
                break;
            case '\t':
                clean.Append("    ");
                break;
            case >= '\u202a' and <= '\u202e' or >= '\u2066' and <= '\u2069':
                break;
            case var _ when char.IsHighSurrogate(character):
                _highSurrogate = character;
                break;
            case var _ when !char.IsControl(character):
                clean.Append(character);
                break;
        }
    }

    private void EndSurrogate(StringBuilder clean)
    {
        if (_highSurrogate != 0)
        {
            clean.Append('\ufffd');
            _highSurrogate = '\0';
        }
    }
}
