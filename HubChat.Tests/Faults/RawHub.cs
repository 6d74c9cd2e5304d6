using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.SignalR;

namespace HubChat.Tests.Faults;

/// <summary>A stand-in for the chat hub: the tests of the raw clients need its wire, not its rules.</summary>
internal sealed class RawHub(RawHubServer server) : Hub
{
    public async Task<object> WatchChat(WatchRequest request)
    {
        await Clients.Caller.SendAsync("ChatUpdate", new { kind = "event", request.ChatId, seq = 1 }, Context.ConnectionAborted);
        return new { request.ChatId, position = new { seq = 1 } };
    }

    [SuppressMessage("Performance", "CA1822", Justification = "SignalR calls instance methods only.")]
    public string Greet(string name) => name.Length > 0 ? $"Grüße, {name}" : throw new HubException("text_empty: No name.");

    /// <summary>Sends until the caller is gone; a send waits while the caller does not read.</summary>
    public async Task Flood(int size)
    {
        var text = new string('x', size);
        while (!Context.ConnectionAborted.IsCancellationRequested)
        {
            await Clients.Caller.SendAsync("ChatUpdate", new { kind = "delta", text }, Context.ConnectionAborted);
            server.CountFlooded(size);
        }
    }

    internal sealed record WatchRequest(string ChatId);
}
