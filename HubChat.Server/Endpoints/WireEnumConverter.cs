using System.Text.Json;
using System.Text.Json.Serialization;
using HubChat.Server.Chats;

namespace HubChat.Server.Endpoints;

/// <summary>
/// Enum values by exactly their wire names. The framework's own converter also takes other letter cases and lists with commas, whose
/// bits it joins into a value that nobody sent.
/// </summary>
internal sealed class WireEnumConverter : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) => typeToConvert.IsEnum;

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(Converter<>).MakeGenericType(typeToConvert))!;

    private sealed class Converter<TEnum> : JsonConverter<TEnum>
        where TEnum : struct, Enum
    {
        private static readonly Dictionary<string, TEnum> Values = Enum.GetValues<TEnum>().ToDictionary(WireNames.Of, StringComparer.Ordinal);
        private static readonly Dictionary<TEnum, JsonEncodedText> Names =
            Values.ToDictionary(value => value.Value, value => JsonEncodedText.Encode(value.Key));

        public override TEnum Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType is JsonTokenType.String && Values.TryGetValue(reader.GetString()!, out var value)
                ? value
                : throw new JsonException("Not a value of this enumeration.");

        public override void Write(Utf8JsonWriter writer, TEnum value, JsonSerializerOptions options) => writer.WriteStringValue(Names[value]);
    }
}
