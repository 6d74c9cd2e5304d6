namespace HubChat.Server.Generations;

/// <summary>A reply's entries cannot be read any more.</summary>
/// <param name="isWithdrawn">
/// Whether they were deleted on purpose, with their chat or message. If not, they are too old, or the reply is being written anew.
/// </param>
internal sealed class EntriesGoneException(bool isWithdrawn) : Exception("The reply's entries are gone.")
{
    public bool IsWithdrawn => isWithdrawn;
}
