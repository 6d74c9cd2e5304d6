using HubChat.Tests.App;
using Microsoft.EntityFrameworkCore;

namespace HubChat.Tests.Endpoints.Sse;

/// <summary>How much is stored. Every change of a chat is an event too, but for the marks that everybody has of their own.</summary>
internal sealed record Stored(int Chats, int Messages, int Generations, int Events, int Archived, int Keys)
{
    public static Task<Stored> InAsync(HubChatApp app) => app.ReadAsync(async db => new Stored(
        await db.Chats.CountAsync(),
        await db.Messages.CountAsync(),
        await db.Generations.CountAsync(),
        await db.Events.CountAsync(),
        await db.Participants.CountAsync(participant => participant.Archived),
        await db.KeptRequests.CountAsync()));
}
