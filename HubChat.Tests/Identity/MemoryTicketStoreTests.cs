using HubChat.Server.Errors;
using HubChat.Server.Identity;
using Microsoft.Extensions.Options;
using Xunit;

namespace HubChat.Tests.Identity;

public sealed class MemoryTicketStoreTests : TicketStoreFacts
{
    private readonly ManualTimeProvider _time = new();
    private readonly MemoryTicketStore _store;

    public MemoryTicketStoreTests() => _store = new MemoryTicketStore(Options.Create(new AccountOptions { MaxTickets = 3 }), _time);

    private protected override ITicketStore Store => _store;

    [Fact]
    public async Task Ticket_is_none_after_a_minute_also_when_the_clock_is_set_back()
    {
        var (found, taken) = (await _store.AddAsync(Session), await _store.AddAsync(Session));
        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(Session, await _store.FindAsync(HashOf(found)));

        _time.ShiftWallClock(TimeSpan.FromHours(-1));
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Null(await _store.FindAsync(HashOf(found)));
        Assert.Null(await _store.TakeAsync(HashOf(taken)));
    }

    [Fact]
    public async Task No_more_are_kept_than_it_may_hold_and_those_that_are_stay_good()
    {
        List<string> tickets = [await _store.AddAsync(Session), await _store.AddAsync(Session), await _store.AddAsync(Session)];

        var refusal = await Assert.ThrowsAsync<ChatException>(() => _store.AddAsync(Session));

        Assert.Equal((ChatError.Busy, "busy"), (refusal.Error, refusal.Code));
        Assert.Equal(Session, await _store.TakeAsync(HashOf(tickets[0])));
        _time.Advance(TicketService.Lifetime);
        await _store.AddAsync(Session);
        Assert.Null(await _store.TakeAsync(HashOf(tickets[1])));
    }
}
