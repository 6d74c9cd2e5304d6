namespace HubChat.Server.Ids;

/// <summary>A GUID that knows what it identifies, so that a chat's id cannot be given where a message's is meant.</summary>
internal interface ITypedId<TSelf>
    where TSelf : struct, ITypedId<TSelf>
{
    Guid Value { get; }

    static abstract TSelf From(Guid value);
}
