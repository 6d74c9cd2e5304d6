using System.Net;
using System.Text.Json;

namespace HubChat.Tests.Endpoints.Auth;

/// <summary>An answer of a REST door, read to its end.</summary>
internal sealed record Answer(HttpStatusCode Status, JsonElement Body, IReadOnlyDictionary<string, string[]> Headers)
{
    /// <summary>The stable code of a refusal.</summary>
    public string? Code => Body.ValueKind is JsonValueKind.Object && Body.TryGetProperty("code", out var code) ? code.GetString() : null;

    public string Token => Body.GetProperty("token").GetString()!;

    public string[] Cookies => Headers.GetValueOrDefault("Set-Cookie") ?? [];

    public string? Header(string name) => Headers.TryGetValue(name, out var values) ? string.Join(",", values) : null;

    /// <summary>Name and value of the cookie that begins like this, as a browser sends them back.</summary>
    public string Cookie(string name) => Cookies.Single(cookie => cookie.StartsWith(name + "=", StringComparison.Ordinal)).Split(';')[0];
}
