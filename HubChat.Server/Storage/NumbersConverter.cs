using System.Globalization;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace HubChat.Server.Storage;

/// <summary>A list of numbers as text, separated by spaces: the same column in every database.</summary>
internal sealed class NumbersConverter() : ValueConverter<IReadOnlyList<int>, string>(
    numbers => string.Join(' ', numbers), stored => Read(stored))
{
    private static IReadOnlyList<int> Read(string stored) =>
        [.. stored.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
}

internal sealed class NumbersComparer() : ValueComparer<IReadOnlyList<int>>(
    (one, other) => one == null ? other == null : other != null && one.SequenceEqual(other),
    numbers => numbers.Aggregate(0, HashCode.Combine),
    numbers => numbers);
