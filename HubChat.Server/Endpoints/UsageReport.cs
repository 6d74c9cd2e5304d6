using System.Globalization;
using HubChat.Server.Errors;
using HubChat.Server.Ids;
using HubChat.Server.Usage;

namespace HubChat.Server.Endpoints;

/// <summary>What was used on a day of a model; <c>cost</c> in the currency of the configured prices.</summary>
internal sealed record UsageItem(
    DateOnly Day, string? Model, UserId? UserId, string? Username, long Calls, long InputTokens, long OutputTokens, decimal Cost);

/// <summary>A span of days, as requests give it, and the sums in it, as answers do (docs/protocol/usage.md).</summary>
internal static class UsageReport
{
    private const decimal NanosPerUnit = 1_000_000_000;
    private const int DefaultDays = 30;
    private const int MaxDays = 366;
    private const int FirstYear = 2000;
    private const int MaxSums = 10_000;

    /// <summary>UTC days, both included; without any, the last thirty.</summary>
    /// <exception cref="ChatException">invalid_request.</exception>
    public static UsageQuery QueryOf(string? from, string? to, UserId? user, bool byUser, TimeProvider time)
    {
        var last = DayOf(to, "to") ?? DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        var first = DayOf(from, "from") ?? last.AddDays(1 - DefaultDays);
        return first > last || last.DayNumber - first.DayNumber >= MaxDays
            ? throw ChatException.InvalidRequest($"from must not be after to, and not more than {MaxDays - 1} days before it.")
            : new UsageQuery(first, last, user, byUser, MaxSums);
    }

    public static UsageItem ToItem(this UsageSum sum) => new(
        sum.Day, sum.Model, sum.UserId, sum.UserName, sum.Calls, sum.InputTokens, sum.OutputTokens, sum.CostNanos / NanosPerUnit);

    private static DateOnly? DayOf(string? text, string name) =>
        text is null ? null
        : DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day.Year >= FirstYear ? day
        : throw ChatException.InvalidRequest($"{name} must be a day such as 2026-01-31.");
}
