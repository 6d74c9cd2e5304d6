using System.Globalization;

namespace HubChat.Server.Endpoints.Sse;

/// <summary>Parameters of an address. Whatever is given must be right, also an empty value.</summary>
internal static class QueryValues
{
    /// <summary>Null when it is not a whole number of 0 or more.</summary>
    public static long? NumberOf(this IQueryCollection query, string name, long absent) =>
        query.ValueOf(name) is not { } value ? absent
        : long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : null;

    /// <summary>Null when it is not there; of several none can be meant.</summary>
    public static string? ValueOf(this IQueryCollection query, string name) =>
        !query.TryGetValue(name, out var values) ? null : values.Count == 1 ? values[0] ?? "" : "";

    public static SseException Refuse(string name, string rule) => SseException.Invalid($"invalid_{name}", name, $"{name} must be {rule}.");
}
