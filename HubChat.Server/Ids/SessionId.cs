using System.Text.Json.Serialization;

namespace HubChat.Server.Ids;

/// <summary>A session or an API key.</summary>
[JsonConverter(typeof(TypedIdJsonConverter<SessionId>))]
internal readonly record struct SessionId(Guid Value) : ITypedId<SessionId>
{
    public static SessionId From(Guid value) => new(value);

    public override string ToString() => Value.ToString();
}
