namespace HubChat.Client.Sample;

/// <summary>What this program ends with; <c>--help</c> shows the same list.</summary>
internal static class ExitCode
{
    public const int Ok = 0;
    public const int Usage = 1;
    public const int Unreachable = 2;
    public const int Refused = 3;
    public const int ReplyNotDone = 4;
    public const int ReplyRestarted = 5;
    public const int Different = 6;
    public const int Fault = 70;
    public const int OutputFailed = 74;
    public const int Interrupted = 130;
}
