using System.Text.Json;

namespace HubChat.Server.Chats;

/// <summary>How enum values are called on every wire.</summary>
internal static class WireNames
{
    public static string Of<TEnum>(TEnum value)
        where TEnum : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
