namespace HubChat.Server.Text;

/// <summary>A piece of a text, in UTF-16 units.</summary>
/// <param name="Off">Where it begins.</param>
/// <param name="Length">How long it is.</param>
internal readonly record struct TextRange(int Off, int Length);
