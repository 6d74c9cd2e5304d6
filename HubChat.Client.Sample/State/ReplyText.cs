using System.Security.Cryptography;
using System.Text;
using HubChat.Client.Sample.Contract;

namespace HubChat.Client.Sample.State;

/// <summary>The text of a reply as far as it is known. Epoch 0: none of it is.</summary>
internal sealed record ReplyText(long Epoch, string Text)
{
    public static readonly ReplyText Unknown = new(0, "");

    /// <summary>Takes a <c>reset</c> or <c>delta</c> over, by the table "Applying updates" of the contract.</summary>
    public (ReplyText Text, Rewatch Rewatch) Apply(ReplyDelta update)
    {
        var text = update.Text ?? "";
        if (update.Kind == "reset")
        {
            return (new ReplyText(update.Epoch, text), Rewatch.None);
        }

        if (update.Epoch < Epoch)
        {
            return (this, Rewatch.None);
        }

        if (update.Epoch > Epoch || update.Off > Text.Length)
        {
            return (this, Rewatch.FromPosition);
        }

        var known = (int)Math.Min(Text.Length - update.Off, text.Length);
        return (this with { Text = Text + text[known..] }, Rewatch.None);
    }

    public bool Matches(ReplyDelta done) => Matches(Text, done);

    public static bool Matches(string text, ReplyDelta done) => text.Length == done.Length && Hash(text) == done.Hash;

    public static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
