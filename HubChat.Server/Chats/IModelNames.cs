namespace HubChat.Server.Chats;

/// <summary>The models a chat may name; which they are is known further up.</summary>
internal interface IModelNames
{
    IReadOnlyList<string> Names { get; }

    bool Contains(string name);
}
