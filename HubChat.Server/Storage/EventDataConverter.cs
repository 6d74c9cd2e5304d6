using System.Text.Json;
using System.Text.Json.Serialization;
using HubChat.Server.Chats;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace HubChat.Server.Storage;

internal sealed class EventDataConverter() : ValueConverter<EventData, string>(
    data => JsonSerializer.Serialize(data, Json), stored => JsonSerializer.Deserialize<EventData>(stored, Json)!)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };
}
