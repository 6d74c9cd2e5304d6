using System.Buffers;
using System.Text.Json;

namespace HubChat.Server.Endpoints.Hubs;

/// <summary>
/// What SignalR's own reader of a JSON hub message does not tell us: that a member of the envelope is repeated (it takes the last one), or
/// that something is nested more deeply than it can read (it gives up, and the connection with it).
/// </summary>
internal sealed record HubEnvelope(int? Type, string? InvocationId, string? Target, string? Fault)
{
    // The envelope and its list of arguments, then an argument as deep as any JSON may be here.
    private const int MaxDepth = 2 + WireJson.MaxDepth;

    // Types of the hub protocol (SignalR's HubProtocol.md) that a client waits for an answer to.
    private const int Invocation = 1;
    private const int StreamInvocation = 4;

    /// <summary>Whether the message is a call, and so can be refused like one.</summary>
    public bool IsCall => Type is Invocation or StreamInvocation;

    /// <exception cref="JsonException">This is not JSON.</exception>
    public static HubEnvelope Read(in ReadOnlySequence<byte> message)
    {
        var reader = new Utf8JsonReader(message, new JsonReaderOptions { MaxDepth = int.MaxValue });
        var seen = new HashSet<string>(StringComparer.Ordinal);
        int? type = null;
        string? invocationId = null, target = null, fault = null, member = null;
        while (reader.Read())
        {
            if (reader.CurrentDepth >= MaxDepth && reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject)
            {
                fault = "The arguments are nested too deeply.";
            }

            if (reader.CurrentDepth != 1)
            {
                continue;
            }

            switch (member, reader.TokenType)
            {
                case (_, JsonTokenType.PropertyName):
                    member = reader.GetString()!;
                    fault = seen.Add(member) ? fault : $"The member {member} is repeated.";
                    break;
                case ("type", JsonTokenType.Number) when reader.TryGetInt32(out var number):
                    type = number;
                    break;
                case ("invocationId", JsonTokenType.String):
                    invocationId = reader.GetString();
                    break;
                case ("target", JsonTokenType.String):
                    target = reader.GetString();
                    break;
                default:
                    break;
            }
        }

        return new HubEnvelope(type, invocationId, target, fault);
    }
}
