using System.Globalization;
using HubChat.Server.Ids;

namespace HubChat.Server.Endpoints.Sse;

/// <summary>An attempt at a reply, as it stands in tokens: <c>generation.epoch</c>.</summary>
internal readonly record struct TurnId(GenerationId GenerationId, long Epoch)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{GenerationId}.{Epoch}");

    public static TurnId? TryParse(string? text) =>
        text?.Split('.') is [var generation, var epoch]
        && Guid.TryParseExact(generation, "D", out var id)
        && long.TryParse(epoch, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new TurnId(new GenerationId(id), number)
            : null;
}
