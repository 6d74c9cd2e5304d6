using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace HubChat.Tests;

/// <summary>Waits for a condition that nothing signals: polls it until a deadline, never a fixed time.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);

    public static readonly TimeSpan DefaultDeadline = TimeSpan.FromSeconds(15);

    public static Task HoldsAsync(
        Func<bool> condition,
        CancellationToken cancellationToken,
        TimeSpan? deadline = null,
        [CallerArgumentExpression(nameof(condition))] string what = "") =>
        HoldsAsync(() => Task.FromResult(condition()), cancellationToken, deadline, what);

    public static async Task HoldsAsync(
        Func<Task<bool>> condition,
        CancellationToken cancellationToken,
        TimeSpan? deadline = null,
        [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        var limit = deadline ?? DefaultDeadline;
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            if (watch.Elapsed > limit)
            {
                throw new TimeoutException($"Within {limit.TotalSeconds:0.#} s it did not become true: {what}");
            }

            await Task.Delay(Poll, cancellationToken);
        }
    }
}
