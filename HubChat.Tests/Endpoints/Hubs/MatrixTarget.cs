namespace HubChat.Tests.Endpoints.Hubs;

/// <summary>What the calls of the matrix are about: a chat and everything in it that has an id.</summary>
/// <param name="ChatId">The chat.</param>
/// <param name="MessageId">A message that <see cref="MatrixRole.Member"/> wrote.</param>
/// <param name="EndedId">A reply that has ended well.</param>
/// <param name="StoppedId">A reply that was stopped.</param>
/// <param name="GenerationId">A reply that is being written, asked for by <see cref="MatrixRole.Member"/>.</param>
/// <param name="GuestId">A member whom no role stands for.</param>
/// <param name="SelfId">The caller.</param>
internal sealed record MatrixTarget(
    string ChatId, string MessageId, string EndedId, string StoppedId, string GenerationId, string GuestId, string SelfId)
{
    private static int _calls;

    /// <summary>An id that no call has used.</summary>
    public static string NewClientMessageId() => $"call-{Interlocked.Increment(ref _calls)}";

    /// <summary>The same people, but nothing that exists.</summary>
    public MatrixTarget Missing() => this with
    {
        ChatId = NewId(),
        MessageId = NewId(),
        EndedId = NewId(),
        StoppedId = NewId(),
        GenerationId = NewId(),
    };

    private static string NewId() => Guid.CreateVersion7().ToString();
}
