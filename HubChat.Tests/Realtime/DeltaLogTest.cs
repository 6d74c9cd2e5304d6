using HubChat.Server.Ids;
using HubChat.Server.Realtime;
using Xunit;

namespace HubChat.Tests.Realtime;

/// <summary>A reply and a log to write it into, wherever that keeps what it keeps.</summary>
public abstract class DeltaLogTest
{
    private protected abstract IDeltaLog Log { get; }

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected ReplyOrigin Reply { get; } = Of(TypedId.New<GenerationId>(TimeProvider.System));

    private protected GenerationId Id => Reply.GenerationId;

    private protected static ReplyOrigin Of(GenerationId id) =>
        new(TypedId.New<ChatId>(TimeProvider.System), id, TypedId.New<MessageId>(TimeProvider.System));
}
