using System.Text.Json.Serialization;

namespace HubChat.Server.Ids;

/// <summary>A chat.</summary>
[JsonConverter(typeof(TypedIdJsonConverter<ChatId>))]
internal readonly record struct ChatId(Guid Value) : ITypedId<ChatId>
{
    public static ChatId From(Guid value) => new(value);

    public override string ToString() => Value.ToString();
}
