namespace HubChat.Server.Realtime;

/// <summary>Where a reader is in a reply's text.</summary>
/// <param name="Epoch">The attempt the text belongs to; 0 before any.</param>
/// <param name="Offset">The length of the text the reader has, in UTF-16 units.</param>
internal readonly record struct StreamPosition(long Epoch, int Offset)
{
    public static readonly StreamPosition Start;
}
