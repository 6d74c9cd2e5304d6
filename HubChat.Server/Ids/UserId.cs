using System.Text.Json.Serialization;

namespace HubChat.Server.Ids;

/// <summary>A person with an account.</summary>
[JsonConverter(typeof(TypedIdJsonConverter<UserId>))]
internal readonly record struct UserId(Guid Value) : ITypedId<UserId>
{
    public static UserId From(Guid value) => new(value);

    public override string ToString() => Value.ToString();
}
