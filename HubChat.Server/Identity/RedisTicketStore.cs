using HubChat.Server.Redis;
using StackExchange.Redis;

namespace HubChat.Server.Identity;

/// <summary>The tickets of all nodes: whichever is given one takes it. While Redis is away a ticket is good only at the node that gave it.</summary>
/// <param name="redis">Where they are.</param>
/// <param name="local">Those that Redis could not be told of.</param>
internal sealed class RedisTicketStore(RedisConnection redis, MemoryTicketStore local) : ITicketStore
{
    // What GETDEL does, which Redis before 6.2 does not know.
    private const string Take = """
        local session = redis.call('GET', KEYS[1])
        if session then
          redis.call('DEL', KEYS[1])
        end
        return session
        """;

    public async Task<string> AddAsync(byte[] session)
    {
        var ticket = SessionToken.NewTicket();

        // One that Redis may have taken without saying so is given to nobody: kept in both places, it could be used twice.
        return await redis.TryAsync(database => database.StringSetAsync(KeyOf(SessionToken.Hash(ticket)!), session, TicketService.Lifetime))
            ? ticket
            : await local.AddAsync(session);
    }

    public async Task<byte[]?> FindAsync(byte[] ticket)
    {
        byte[]? session = null;
        await redis.TryAsync(async database => session = await database.StringGetAsync(KeyOf(ticket)));
        return session ?? await local.FindAsync(ticket);
    }

    public async Task<byte[]?> TakeAsync(byte[] ticket) =>
        (byte[]?)await redis.EvaluateAsync(Take, [KeyOf(ticket)], []) ?? await local.TakeAsync(ticket);

    private static RedisKey KeyOf(byte[] ticket) => RedisKeys.Ticket(Convert.ToHexStringLower(ticket));
}
