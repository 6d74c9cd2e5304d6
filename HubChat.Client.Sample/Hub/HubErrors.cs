using System.Net;
using Microsoft.AspNetCore.SignalR;

namespace HubChat.Client.Sample.Hub;

/// <summary>Tells apart how calls and connections fail.</summary>
internal static class HubErrors
{
    public static ClientException Refusal(Uri server, Exception exception) => exception switch
    {
        HttpRequestException { StatusCode: HttpStatusCode.Unauthorized } =>
            new ClientException(ExitCode.Refused, "You are not signed in, or the session has ended.", exception),
        HttpRequestException { StatusCode: { } status } when (int)status is >= 400 and < 500 =>
            new ClientException(ExitCode.Refused, $"The server refused the connection ({(int)status}).", exception),
        _ => new ClientException(ExitCode.Unreachable, $"The hub of {server} cannot be reached.", exception),
    };

    /// <summary>Not the answer to a call, though it ends all of them.</summary>
    public static bool IsClosing(HubException exception) =>
        exception.Message.StartsWith("The server closed the connection", StringComparison.Ordinal);

    /// <summary>SignalR ends pending calls with whatever ended the connection.</summary>
    public static bool IsLoss(Exception exception, CancellationToken cancellationToken) =>
        !cancellationToken.IsCancellationRequested && exception is not ClientException;
}
