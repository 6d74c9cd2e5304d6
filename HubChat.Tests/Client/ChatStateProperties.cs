using FsCheck;
using FsCheck.Fluent;
using HubChat.Client.Sample.Contract;
using HubChat.Client.Sample.State;
using Xunit;

namespace HubChat.Tests.Client;

public sealed class ChatStateProperties
{
    private static readonly Config Thorough = Config.QuickThrowOnFailure.WithMaxTest(3000).WithEndSize(200);

    private static Arbitrary<int[]> Numbers =>
        Gen.Choose(0, 9999).ListOf().Select(list => list.ToArray()).ToArbitrary();

    [Fact]
    public void Updates_in_order_need_no_second_watch() => Prop.ForAll(Numbers, numbers =>
    {
        var model = new ModelChat();
        var client = new Reader(model);
        client.Rewatch();
        foreach (var number in numbers)
        {
            Happen(model, client, number, update => [update]);
        }

        return client.Watches == 1 && client.State.Describe() == Fresh(model).Describe();
    }).Check(Thorough);

    [Fact]
    public void Lost_doubled_and_reordered_updates_end_in_the_state_of_a_fresh_watch() => Prop.ForAll(Numbers, Numbers, (numbers, fates) =>
    {
        var model = new ModelChat();
        var client = new Reader(model);
        client.Rewatch();
        var late = new Queue<ChatUpdate>();
        var turn = 0;
        foreach (var number in numbers)
        {
            Happen(model, client, number, update => Fate(update, fates.Length == 0 ? 0 : fates[turn++ % fates.Length], late));
        }

        foreach (var update in late)
        {
            client.Take(update);
        }

        // A lost last update shows itself at the next tail check, reconnection or end of the reply; here all at once.
        client.Rewatch();
        return client.State.Describe() == Fresh(model).Describe();
    }).Check(Thorough);

    [Fact]
    public void Every_update_twice_changes_nothing_and_asks_for_nothing() => Prop.ForAll(Numbers, numbers =>
    {
        var model = new ModelChat();
        var client = new Reader(model);
        client.Rewatch();
        foreach (var number in numbers)
        {
            Happen(model, client, number, update => update.Kind == "reset" ? [update] : [update, update]);
        }

        return client.Watches == 1 && client.State.Describe() == Fresh(model).Describe();
    }).Check(Thorough);

    private static void Happen(ModelChat model, Reader client, int number, Func<ChatUpdate, IEnumerable<ChatUpdate>> fate)
    {
        var before = model.Updates.Count;
        model.Happen(number % 10, number / 10);
        foreach (var update in model.Updates[before..].SelectMany(fate))
        {
            client.Take(update);
        }
    }

    private static IEnumerable<ChatUpdate> Fate(ChatUpdate update, int fate, Queue<ChatUpdate> late)
    {
        switch (fate % 6)
        {
            case 0:
                return [];
            case 1:
                return [update, update];
            case 2:
                late.Enqueue(update);
                return [];
            case 3 when late.Count > 0:
                return [update, late.Dequeue()];
            default:
                return [update];
        }
    }

    private static ChatState Fresh(ModelChat model) =>
        new ChatState(ModelChat.Id).Apply(model.Watch(new WatchRequest(ModelChat.Id))).State;

    /// <summary>Watches again whenever the state asks for it, as the contract wants.</summary>
    private sealed class Reader(ModelChat model)
    {
        public ChatState State { get; private set; } = new(ModelChat.Id);
        public int Watches { get; private set; }

        public void Take(ChatUpdate update) => Follow(State.Apply(update));

        public void Rewatch() => Follow(State.Unchanged(HubChat.Client.Sample.State.Rewatch.FromPosition));

        private void Follow(ChatStep step)
        {
            for (var attempts = 0; step.Rewatch != HubChat.Client.Sample.State.Rewatch.None; attempts++)
            {
                Assert.True(attempts < 3, "Watching again must settle it.");
                Watches++;
                step = step.State.Apply(model.Watch(step.State.ToRequest(step.Rewatch)));
            }

            State = step.State;
        }
    }
}
