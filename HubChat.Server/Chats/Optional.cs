namespace HubChat.Server.Chats;

/// <summary>A value that may not have been given at all, which is something else than null.</summary>
internal readonly record struct Optional<T>(T Value, bool IsSet)
{
    public static implicit operator Optional<T>(T value) => new(value, true);

    public T Or(T otherwise) => IsSet ? Value : otherwise;
}
