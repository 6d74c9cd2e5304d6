namespace HubChat.Server.Models.Upstreams;

/// <summary>What may be connected to.</summary>
internal enum AddressKind
{
    /// <summary>Somewhere on the internet.</summary>
    Public,

    /// <summary>This machine or the operator's own network: only when the operator asked for it.</summary>
    Local,

    /// <summary>Never: metadata services, link-local and reserved ranges, and forms that hide another address.</summary>
    Forbidden,
}
