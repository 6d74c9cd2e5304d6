using System.Globalization;
using HubChat.Client.Sample.Contract;
using HubChat.Client.Sample.Demo;
using HubChat.Client.Sample.State;

namespace HubChat.Client.Sample.Commands;

/// <summary>
/// Two made-up people share a chat with the assistant against a running server. Both must end with exactly the stored
/// text, one of them in spite of a lost connection, and once although the reply was stopped.
/// </summary>
internal sealed class DemoCommand(ClientContext context)
{
    private static readonly TimeSpan LongestReply = TimeSpan.FromSeconds(20);

    private readonly DemoScreen _screen = new(context.Output);
    private Action _redraw = () => { };

    public static Task<int> RunAsync(ClientContext context, CancellationToken cancellationToken) =>
        new DemoCommand(context).RunAsync(cancellationToken);

    private async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        await using var ada = await DemoPerson.SignUpAsync(context, "Ada", () => _redraw(), cancellationToken);
        await using var bob = await DemoPerson.SignUpAsync(context, "Bob", () => _redraw(), cancellationToken);
        _screen.Tell($"{ada.User.Username} and {bob.User.Username} signed up at {context.Line.Server}.");

        var chat = await ada.Session.CallOnceAsync<Chat>("CreateChat", [new CreateChatRequest("HubChat demo")], cancellationToken);
        try
        {
            return await RunAsync(ada, bob, chat.Id, cancellationToken);
        }
        finally
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
            await ada.Session.CallAsync<object?>("DeleteChat", [chat.Id], patience.Token);
        }
    }

    private async Task<int> RunAsync(DemoPerson ada, DemoPerson bob, string chatId, CancellationToken cancellationToken)
    {
        await ada.Session.CallAsync<Participant>(
            "AddParticipant", [new AddParticipantRequest(chatId, bob.User.Username)], cancellationToken);
        _screen.Tell("Ada made a chat and invited Bob; both watch it.");
        ada.Watch(chatId);
        bob.Watch(chatId);

        var first = await ShareAsync(ada, bob, ada, chatId, "@assistant What is a chat hub good for?", async reply =>
        {
            await bob.WaitAsync(reply.ReplyId!, seen => seen.Printed.Length > 0, cancellationToken);
            await bob.Session.DropAsync(cancellationToken);
        }, cancellationToken);
        _screen.Tell("Ada asked; Bob's connection broke in mid-answer, and he went on where he was.");

        var second = await ShareAsync(ada, bob, bob, chatId, "@assistant Tell me a long story about a lighthouse.", async reply =>
        {
            await ada.WaitAsync(reply.ReplyId!, seen => seen.Printed.Length > 40 || seen.State is not null, cancellationToken);
            await bob.Session.CallAsync<StopResult>("StopGeneration", [reply.GenerationId], cancellationToken);
        }, cancellationToken);
        _screen.Tell("Bob asked for a story and stopped it.");

        var stored = await ada.Session.CallAsync<MessagePage>("GetMessages", [new GetMessagesRequest(chatId)], cancellationToken);
        var findings = new[] { first, second }
            .SelectMany(reply => new[] { Compare("Ada", ada, reply, stored), Compare("Bob", bob, reply, stored) })
            .ToList();
        findings.ForEach(finding => _screen.Tell(finding.Sentence));
        var good = findings.TrueForAll(finding => finding.Equal);
        _screen.Verdict(good ? "Both saw exactly what is stored." : "Somebody did not see what is stored.", good);
        return good ? ExitCode.Ok : ExitCode.Different;
    }

    /// <summary>Asks, lets something happen in mid-answer, and waits until both have seen the end.</summary>
    private async Task<string> ShareAsync(
        DemoPerson ada, DemoPerson bob, DemoPerson asker, string chatId, string question, Func<PostResult, Task> meanwhile, CancellationToken cancellationToken)
    {
        var posted = await asker.Session.CallAsync<PostResult>(
            "PostMessage", [new PostRequest(chatId, question, Guid.CreateVersion7().ToString())], cancellationToken);
        if (posted is not { ReplyId: { } replyId, GenerationId: { } generationId })
        {
            throw new ClientException(ExitCode.Different, "The assistant was asked, and does not answer.");
        }

        await _screen.WatchAsync(() => ada.Seen(replyId).Printed, () => bob.Seen(replyId).Printed, async redraw =>
        {
            _redraw = redraw;
            await meanwhile(posted);
            var ended = Task.WhenAll(
                ada.WaitAsync(replyId, seen => seen.Hash is not null, cancellationToken),
                bob.WaitAsync(replyId, seen => seen.State is not null, cancellationToken));
            if (await Task.WhenAny(ended, Task.Delay(LongestReply, context.Time, cancellationToken)) != ended)
            {
                // A slow model; the demo is not about its patience.
                await asker.Session.CallAsync<StopResult>("StopGeneration", [generationId], cancellationToken);
            }

            try
            {
                await ended.WaitAsync(LongestReply, context.Time, cancellationToken);
            }
            catch (TimeoutException exception)
            {
                throw new ClientException(ExitCode.Different, "A reply did not come to its end, not even when it was stopped.", exception);
            }

            _redraw = () => { };
            redraw();
        });
        return replyId;
    }

    private static (string Sentence, bool Equal) Compare(string name, DemoPerson person, string replyId, MessagePage stored)
    {
        var seen = person.Seen(replyId);
        var text = stored.Messages.FirstOrDefault(message => message.Id == replyId)?.Text;
        var equal = text is not null && seen.Printed == text && (seen.Hash is null || seen.Hash == ReplyText.Hash(text));
        var hash = seen.Hash is { Length: > 12 } ? $", hash {seen.Hash[..12]}…" : "";
        return (string.Create(CultureInfo.InvariantCulture,
            $"{name} saw {seen.Printed.Length} characters in {seen.Pieces} pieces, {seen.State}{hash}: {(equal ? "equal to what is stored" : "NOT what is stored")}."), equal);
    }
}
