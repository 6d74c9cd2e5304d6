namespace HubChat.Server.Ids;

internal static class TypedId
{
    /// <summary>A new version-7 GUID (RFC 9562): ids made later sort later, which keeps database indexes dense. Order never depends on it.</summary>
    public static TId New<TId>(TimeProvider time)
        where TId : struct, ITypedId<TId> => TId.From(Guid.CreateVersion7(time.GetUtcNow()));
}
