using System.Text;

namespace HubChat.Tests.History.Rules;

/// <summary>What was written in each attempt at each reply, put together from what all clients saw of it.</summary>
internal sealed class WrittenTexts
{
    private readonly Dictionary<(string Gen, int Epoch), StringBuilder> _texts = [];

    /// <summary>Whether a piece agrees with what others saw at its place; what nobody saw yet is added.</summary>
    public bool Agrees(string gen, int epoch, int off, string piece)
    {
        if (!_texts.TryGetValue((gen, epoch), out var text))
        {
            _texts[(gen, epoch)] = text = new StringBuilder();
        }

        if (off > text.Length)
        {
            // Nobody saw what lies between: there is nothing to compare with.
            return true;
        }

        var common = Math.Min(text.Length - off, piece.Length);
        if (text.ToString(off, common) != piece[..common])
        {
            return false;
        }

        text.Append(piece, common, piece.Length - common);
        return true;
    }
}
