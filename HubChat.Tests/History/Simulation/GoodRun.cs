namespace HubChat.Tests.History.Simulation;

/// <summary>
/// One run with something of everything, the same every time: two chats, three people on four clients, sends of every
/// outcome, a reconnect, a late join, somebody who leaves, and a reply that another server takes over.
/// </summary>
internal static class GoodRun
{
    public static SimulatedRun Create()
    {
        var hub = new SimulatedHub();
        var trip = hub.CreateChat("trip", "ada", "bob");
        var work = hub.CreateChat("work", "ada", "cyd");
        var (ada, bob, cyd) = (hub.Connect("ada"), hub.Connect("bob"), hub.Connect("cyd"));
        ada.Watch(trip);
        ada.Watch(work);
        bob.Watch(trip);
        cyd.Watch(work);

        // Two sends that cross, one that arrives though nobody knows, one that does not, one that is refused.
        var (first, second) = (hub.Begin(ada, trip, "first"), hub.Begin(bob, trip, "second"));
        first.Commit();
        second.Commit();
        second.Write(Outcome.Ok);
        first.Write(Outcome.Ok);
        var arrived = hub.Begin(ada, trip, "arrived");
        arrived.Commit();
        arrived.Write(Outcome.Unknown);
        hub.Begin(bob, trip, "lost").Write(Outcome.Unknown);
        hub.Begin(bob, trip, "refused").Write(Outcome.Fail);
        hub.Send(cyd, work, "third");
        hub.Sample(outbox: 10_000);

        var reply = hub.Start(trip, "n1");
        hub.Reply(reply, $"Hello {trip.Marker}, ");
        hub.Reply(reply, "this is ");
        bob.Disconnect();
        hub.Reply(reply, "the first ");
        hub.Claim(reply, "n2", keepText: true);
        bob.Connect();
        bob.Watch(trip, repeat: 4);
        hub.Reply(reply, "answer ");
        var phone = hub.Connect("ada-phone", "ada");
        phone.Watch(trip);
        hub.Reply(reply, "to all of you 😀.");
        hub.End(reply);

        hub.Send(ada, trip, "thanks");
        phone.Disconnect();
        hub.Leave(work, "cyd");
        hub.Send(ada, work, "between us");
        hub.Send(bob, trip, "bye");
        return hub.Finish();
    }
}
