using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;
using System.Text.Json;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace HubChat.Server.Endpoints.Hubs;

/// <summary>
/// SignalR's JSON protocol with two additions. Calls that do not fit are refused with a stable code like every other refusal; SignalR
/// itself would close the connection, or only speak of an error on the server. And an answer can learn that it has been written, so that what it
/// promises to precede really follows it.
/// </summary>
internal sealed class StrictJsonHubProtocol(JsonHubProtocol json) : IHubProtocol
{
    // Ends every message of the JSON protocol (SignalR's HubProtocol.md).
    private const byte RecordSeparator = 0x1E;

    public string Name => json.Name;

    public int Version => json.Version;

    public TransferFormat TransferFormat => json.TransferFormat;

    public bool IsVersionSupported(int version) => json.IsVersionSupported(version);

    public bool TryParseMessage(ref ReadOnlySequence<byte> input, IInvocationBinder binder, [NotNullWhen(true)] out HubMessage? message)
    {
        if (TryRefuse(ref input, out message))
        {
            return true;
        }

        if (!json.TryParseMessage(ref input, binder, out message))
        {
            return false;
        }

        // No argument of the hub's may be null; the serializer looks at members only.
        if (message is HubMethodInvocationMessage { Arguments: { } arguments } call && arguments.Contains(null))
        {
            message = Refusal(call.InvocationId, call.Target, HubErrors.ToHubException("invalid_request", "An argument is null."));
        }
        else if (message is InvocationBindingFailureMessage failure && failure.BindingFailure.SourceException is not HubException)
        {
            message = Refusal(failure.InvocationId, failure.Target, Explain(failure.BindingFailure.SourceException));
        }

        return true;
    }

    public void WriteMessage(HubMessage message, IBufferWriter<byte> output)
    {
        json.WriteMessage(message, output);
        if (message is CompletionMessage { Result: LargeAnswer answer })
        {
            // The connection's write lock is held: what is released now is written after this message.
            answer.Written();
        }
    }

    public ReadOnlyMemory<byte> GetMessageBytes(HubMessage message) => json.GetMessageBytes(message);

    /// <summary>Takes a call with a faulty envelope from the input; everything else is left to SignalR.</summary>
    private static bool TryRefuse(ref ReadOnlySequence<byte> input, [NotNullWhen(true)] out HubMessage? refusal)
    {
        refusal = null;
        if (input.PositionOf(RecordSeparator) is not { } end)
        {
            return false;
        }

        try
        {
            if (HubEnvelope.Read(input.Slice(0, end)) is not { IsCall: true, Fault: { } fault } call)
            {
                return false;
            }

            refusal = Refusal(call.InvocationId, call.Target ?? "", HubErrors.ToHubException("invalid_request", fault));
            input = input.Slice(input.GetPosition(1, end));
            return true;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Not JSON, or not text: SignalR closes the connection.
            return false;
        }
    }

    private static InvocationBindingFailureMessage Refusal(string? invocationId, string target, HubException refusal) =>
        new(invocationId, target, ExceptionDispatchInfo.Capture(refusal));

    /// <summary>Says where the arguments are wrong, but nothing of what they hold or of the types behind them.</summary>
    private static HubException Explain(Exception failure)
    {
        string? path = null;
        for (var cause = failure; cause is not null; cause = cause.InnerException)
        {
            if (cause is InvalidOperationException && path is not null && cause.Message.Contains("UTF-16", StringComparison.Ordinal))
            {
                // What System.Text.Json says of an escape that is half a surrogate pair. It says the same of a wrong type, but for the words.
                return HubErrors.ToHubException("text_invalid", "The text contains half of a surrogate pair.");
            }

            path = (cause as JsonException)?.Path ?? path;
        }

        return HubErrors.ToHubException("invalid_request", path is { Length: > 0 }
            ? $"The argument does not fit at {path}: a member is missing, unknown, repeated, nested too deeply or of the wrong type."
            : "The arguments do not fit: their number or a type is wrong.");
    }
}
