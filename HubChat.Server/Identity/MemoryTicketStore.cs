using HubChat.Server.Errors;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Identity;

/// <summary>The tickets of one process.</summary>
internal sealed class MemoryTicketStore(IOptions<AccountOptions> options, TimeProvider time) : ITicketStore
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Kept> _tickets = [];

    // All live equally long: the oldest is the next to end.
    private readonly Queue<(string Key, long AddedAt)> _oldest = [];

    public Task<string> AddAsync(byte[] session)
    {
        var ticket = SessionToken.NewTicket();
        var key = KeyOf(SessionToken.Hash(ticket)!);
        lock (_gate)
        {
            var now = time.GetTimestamp();
            while (_oldest.TryPeek(out var oldest) && IsOld(oldest.AddedAt))
            {
                _oldest.Dequeue();
                _tickets.Remove(oldest.Key);
            }

            if (_oldest.Count >= options.Value.MaxTickets)
            {
                throw new ChatException(ChatError.Busy, "busy", "Too many tickets wait to be used. Try again in a moment.");
            }

            _tickets[key] = new Kept(session, now);
            _oldest.Enqueue((key, now));
        }

        return Task.FromResult(ticket);
    }

    public Task<byte[]?> FindAsync(byte[] ticket)
    {
        lock (_gate)
        {
            return Task.FromResult(_tickets.TryGetValue(KeyOf(ticket), out var kept) && !IsOld(kept.AddedAt) ? kept.Session : null);
        }
    }

    public Task<byte[]?> TakeAsync(byte[] ticket)
    {
        lock (_gate)
        {
            return Task.FromResult(_tickets.Remove(KeyOf(ticket), out var kept) && !IsOld(kept.AddedAt) ? kept.Session : null);
        }
    }

    private static string KeyOf(byte[] ticket) => Convert.ToBase64String(ticket);

    // Not by the wall clock: set back, it would let tickets live on.
    private bool IsOld(long addedAt) => time.GetElapsedTime(addedAt) >= TicketService.Lifetime;

    private readonly record struct Kept(byte[] Session, long AddedAt);
}
