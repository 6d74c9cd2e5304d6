using System.Text.Json;
using System.Text.Json.Serialization;

namespace HubChat.Server.Ids;

/// <summary>On the wire an id is a string in the 8-4-4-4-12 form; every other spelling of a GUID is refused.</summary>
internal sealed class TypedIdJsonConverter<TId> : JsonConverter<TId>
    where TId : struct, ITypedId<TId>
{
    public override TId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && reader.TryGetGuid(out var value)
            ? TId.From(value)
            : throw new JsonException("An id must be a UUID.");

    public override void Write(Utf8JsonWriter writer, TId value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);
}
