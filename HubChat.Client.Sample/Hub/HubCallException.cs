using System.Text.RegularExpressions;

namespace HubChat.Client.Sample.Hub;

/// <summary>A call that the hub refused, with the stable code of the contract.</summary>
internal sealed partial class HubCallException(string code, string sentence, Exception inner)
    : ClientException(ExitCode.Refused, sentence, inner)
{
    public string Code => code;

    public bool MayPass => code is "busy" or "rate_limited";

    public static HubCallException From(Exception exception)
    {
        var match = Pattern().Match(exception.Message);
        return match.Success
            ? new HubCallException(match.Groups[1].Value, match.Groups[2].Value, exception)
            : new HubCallException("unknown", exception.Message, exception);
    }

    [GeneratedRegex("HubException: ([a-z_]+): (.*)$", RegexOptions.Singleline)]
    private static partial Regex Pattern();
}
