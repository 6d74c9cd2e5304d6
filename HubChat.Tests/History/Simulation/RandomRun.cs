namespace HubChat.Tests.History.Simulation;

/// <summary>
/// A good run by a script of numbers: each is one step, whose kind and details it chooses. A step that makes no sense
/// where it stands does nothing, so that any part of a script is a script.
/// </summary>
internal sealed class RandomRun
{
    private readonly SimulatedHub _hub = new();
    private readonly List<SimulatedSend> _open = [];
    private int _details;

    private RandomRun()
    {
        _hub.CreateChat("trip", "ada", "bob");
        _hub.CreateChat("work", "ada", "cyd");
        foreach (var (name, user) in new[] { ("ada", "ada"), ("ada-phone", "ada"), ("bob", "bob"), ("cyd", "cyd") })
        {
            WatchAll(_hub.Connect(name, user), anew: true);
        }
    }

    public static SimulatedRun From(IEnumerable<int> script)
    {
        var run = new RandomRun();
        foreach (var step in script)
        {
            run.Step(step);
        }

        return run._hub.Finish();
    }

    private void Step(int step)
    {
        _details = step / 16;
        var client = Pick(_hub.Clients)!;
        var chat = Pick(_hub.Chats.Where(chat => chat.Has(client.User)));
        var running = Pick(_hub.Chats.SelectMany(one => one.Replies).Where(reply => !reply.HasEnded));
        switch (step % 16)
        {
            case 0 or 1 when chat is not null:
                _hub.Send(client, chat, $"text {step}");
                break;
            case 2 when chat is not null:
                _open.Add(_hub.Begin(client, chat, $"open {step}"));
                break;
            case 3 when Pick(_open) is { } send:
                send.Commit();
                break;
            case 4 when Pick(_open) is { } send:
                send.Retry();
                _open.Remove(send);
                break;
            case 5 when Pick(_open) is { } send:
                send.Write(Outcome.Unknown);
                break;
            case 6 when chat is not null:
                _hub.Begin(client, chat, $"refused {step}").Write(Outcome.Fail);
                break;
            case 7 when chat?.Replies.All(reply => reply.HasEnded) == true:
                _hub.Start(chat, "n1");
                break;
            case 8 or 9 when running is not null:
                _hub.Reply(running, $"{running.Chat.Marker} {step} 😀 ");
                break;
            case 10 when running is not null:
                _hub.Claim(running, $"n{running.Epoch + 1}", keepText: Chance(2));
                break;
            case 11 when running is not null:
                _hub.End(running, Chance(3) ? "interrupted" : "done");
                break;
            case 12:
                Reconnect(client);
                break;
            case 13 when chat is not null && client.Watches(chat):
                Lag(client, chat);
                break;
            case 14:
                _hub.Wait(TimeSpan.FromMilliseconds(Next(700)));
                _hub.Sample(outbox: Next(200_000));
                break;
            case 15:
                Membership();
                break;
        }
    }

    private void Reconnect(SimulatedClient client)
    {
        if (client.IsConnected)
        {
            client.Disconnect();
        }
        else
        {
            client.Connect();
            WatchAll(client, anew: Chance(3));
        }
    }

    private void Lag(SimulatedClient client, SimulatedChat chat)
    {
        if (Chance(4))
        {
            client.Resync(chat);
        }
        else
        {
            client.Deaf = 1 + Next(3);
        }
    }

    private void Membership()
    {
        var chat = _hub.Chats[1];
        if (Chance(3) && chat.Has("cyd"))
        {
            _hub.Leave(chat, "cyd");
        }
        else if (!chat.Has("cyd"))
        {
            _hub.Announce(chat, chat.Join("cyd"));
            WatchAll(_hub.Clients.Single(client => client.Name == "cyd"), anew: false);
        }
        else if (chat.Messages.FirstOrDefault(message => message.Gen is null && !message.IsDeleted) is { } message)
        {
            _hub.Announce(chat, chat.Delete(message));
        }
    }

    private void WatchAll(SimulatedClient client, bool anew)
    {
        foreach (var chat in _hub.Chats.Where(chat => client.IsConnected && chat.Has(client.User)))
        {
            client.Watch(chat, anew, repeat: Next(20));
        }
    }

    private bool Chance(int oneIn) => Next(oneIn) == 0;

    private T? Pick<T>(IEnumerable<T> from)
        where T : class => from.ToArray() is { Length: > 0 } all ? all[Next(all.Length)] : null;

    // The details of a step come from its number alone.
    private int Next(int below)
    {
        _details = (int)((_details * 1_103_515_245L + 12_345) & 0x7FFFFFFF);
        return (_details >> 8) % below;
    }
}
