using System.Collections.Concurrent;
using HubChat.Server.Diagnostics;

namespace HubChat.Tests.App;

/// <summary>Failpoints that a test arms; each armed one fails once.</summary>
internal sealed class ArmedFailpoints : IFailpoints
{
    private readonly ConcurrentDictionary<Failpoint, int> _armed = new();

    /// <summary>Makes the next passes of this point fail.</summary>
    public void Arm(Failpoint point, int times = 1) => _armed[point] = times;

    public bool IsArmed(Failpoint point) => _armed.GetValueOrDefault(point) > 0;

    public void Hit(Failpoint point)
    {
        if (!_armed.TryGetValue(point, out var left) || left <= 0)
        {
            return;
        }

        _armed[point] = left - 1;
        throw new FailpointException(point);
    }
}

internal sealed class FailpointException(Failpoint point) : Exception($"The test made {point} fail.");
