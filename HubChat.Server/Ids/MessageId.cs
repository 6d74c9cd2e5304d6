using System.Text.Json.Serialization;

namespace HubChat.Server.Ids;

/// <summary>A message.</summary>
[JsonConverter(typeof(TypedIdJsonConverter<MessageId>))]
internal readonly record struct MessageId(Guid Value) : ITypedId<MessageId>
{
    public static MessageId From(Guid value) => new(value);

    /// <summary>In an order that both databases share; it says nothing about when.</summary>
    public int CompareTo(MessageId other) => Value.CompareTo(other.Value);

    public override string ToString() => Value.ToString();
}
