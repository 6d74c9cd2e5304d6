using System.Text.Json.Serialization;

namespace HubChat.Server.Ids;

/// <summary>One reply being made, or made.</summary>
[JsonConverter(typeof(TypedIdJsonConverter<GenerationId>))]
internal readonly record struct GenerationId(Guid Value) : ITypedId<GenerationId>
{
    public static GenerationId From(Guid value) => new(value);

    public override string ToString() => Value.ToString();
}
