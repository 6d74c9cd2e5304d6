namespace HubChat.Server.Text;

/// <summary>A word of a query.</summary>
/// <param name="AsWritten">Letters, digits and marks as they came, for an index that folds by rules of its own.</param>
/// <param name="Folded">What it is compared by everywhere else.</param>
internal readonly record struct SearchWord(string AsWritten, string Folded);
