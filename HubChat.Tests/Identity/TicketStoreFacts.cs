using HubChat.Server.Identity;
using Xunit;

namespace HubChat.Tests.Identity;

/// <summary>What holds for every store of tickets.</summary>
public abstract class TicketStoreFacts
{
    private protected static readonly byte[] Session = [1, 2, 3, 0, 255];

    private protected abstract ITicketStore Store { get; }

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ticket_is_found_until_it_is_taken_once()
    {
        var ticket = await Store.AddAsync(Session);
        Assert.Matches("^hct_[A-Za-z0-9_-]{43}$", ticket);
        Assert.NotEqual(ticket, await Store.AddAsync(Session));
        Assert.Equal(Session, await Store.FindAsync(HashOf(ticket)));
        Assert.Equal(Session, await Store.FindAsync(HashOf(ticket)));

        var takers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Store.TakeAsync(HashOf(ticket))));

        Assert.Equal(Session, Assert.Single(takers, taken => taken is not null));
        Assert.Null(await Store.FindAsync(HashOf(ticket)));
        Assert.Null(await Store.TakeAsync(HashOf(ticket)));
    }

    [Fact]
    public async Task Unknown_ticket_is_none()
    {
        Assert.Null(await Store.FindAsync(HashOf("hct_unknown")));
        Assert.Null(await Store.TakeAsync(HashOf("hct_unknown")));
    }

    private protected static byte[] HashOf(string ticket) => SessionToken.Hash(ticket)!;
}
