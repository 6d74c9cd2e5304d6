using System.ComponentModel;
using System.Runtime.InteropServices;

namespace HubChat.Tests;

/// <summary>The signals that <see cref="System.Diagnostics.Process"/> cannot send.</summary>
internal static class ProcessSignal
{
    private const int SigTerm = 15;

    // Their numbers are the system's own: Linux 19 and 18, macOS 17 and 19.
    private static readonly int SigStop = OperatingSystem.IsMacOS() ? 17 : 19;
    private static readonly int SigCont = OperatingSystem.IsMacOS() ? 19 : 18;

    public static void Terminate(int processId) => Send(processId, SigTerm);

    public static void Stop(int processId) => Send(processId, SigStop);

    public static void Continue(int processId) => Send(processId, SigCont);

    private static void Send(int processId, int signal)
    {
        // 0 and negative numbers address whole groups of processes.
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(processId);
        if (kill(processId, signal) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError(), $"Signal {signal} did not reach process {processId}.");
        }
    }

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int kill(int processId, int signal);
}
