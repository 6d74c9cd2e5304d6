using HubChat.Client.Sample.Contract;
using HubChat.Client.Sample.Hub;
using HubChat.Client.Sample.State;
using HubChat.Client.Sample.Terminal;

namespace HubChat.Client.Sample.Commands;

/// <summary>
/// Asks, and streams the reply to standard output: for scripts. A lost connection is waited out; the stream then goes
/// on where it stopped.
/// </summary>
internal sealed class SayCommand(ClientContext context, HubSession session)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ReplyTape _tape = new();
    private readonly TerminalFilter _filter = new();
    private readonly string _clientMessageId = Guid.CreateVersion7().ToString();
    private ReplyText _text = ReplyText.Unknown;
    private string? _generationId;
    private int _mismatches;

    public static async Task<int> RunAsync(ClientContext context, CancellationToken cancellationToken)
    {
        await using var session = await context.ConnectAsync(cancellationToken);
        return await new SayCommand(context, session).RunAsync(cancellationToken);
    }

    private async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await WaitForConnectionAsync(cancellationToken);
                if (await ReadAsync(cancellationToken) is { } done)
                {
                    return End(done);
                }
            }
            catch (ConnectionLostException)
            {
                context.Output.Say("The connection was lost; the reply goes on as soon as it is back.");
            }
            catch (HubCallException exception) when (exception.MayPass)
            {
                context.Output.Say(exception.Message);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(500), context.Time, cancellationToken);
        }
    }

    /// <summary>The wait is for a connection; how long the assistant may take is for the server to limit.</summary>
    private async Task WaitForConnectionAsync(CancellationToken cancellationToken)
    {
        try
        {
            await session.WaitAsync(cancellationToken).WaitAsync(Patience, context.Time, cancellationToken);
        }
        catch (TimeoutException exception)
        {
            throw new ClientException(
                ExitCode.Unreachable, "The server did not come back. A reply it had begun may still be written there.", exception);
        }
    }

    /// <summary>Null when the stream must be asked for again, from the position that was reached.</summary>
    private async Task<ReplyDelta?> ReadAsync(CancellationToken cancellationToken)
    {
        await foreach (var update in Stream(cancellationToken))
        {
            if (update.Kind == "accepted")
            {
                _generationId = update.GenerationId;
            }
            else if (update.Kind == "done")
            {
                if (_text.Matches(update))
                {
                    return update;
                }

                // What is here is not what is stored: once more from the start.
                _text = ReplyText.Unknown;
                return ++_mismatches < 3
                    ? null
                    : throw new ClientException(ExitCode.Different, "The text that came is not the text that is stored.");
            }
            else
            {
                (_text, var rewatch) = _text.Apply(update);
                if (rewatch != Rewatch.None)
                {
                    return null;
                }

                Print(ended: false);
            }
        }

        return null;
    }

    /// <summary>Asking again under the same id posts nothing, should the first answer have been lost.</summary>
    private IAsyncEnumerable<ReplyDelta> Stream(CancellationToken cancellationToken) => _generationId is null
        ? session.StreamAsync<ReplyDelta>(
            "Ask", [new PostRequest(context.Line.Chat!, context.Line.Say!, _clientMessageId)], cancellationToken)
        : session.StreamAsync<ReplyDelta>("StreamReply", [_generationId, _text.Epoch, _text.Text.Length], cancellationToken);

    private void Print(bool ended)
    {
        var (added, anew) = _tape.Show(_text.Text, ended);
        if (anew)
        {
            context.Output.Say("The reply was restarted; here is the whole text anew.");
            context.Output.Out.Write("\n\n");
        }

        // A pipe gets the text as it is stored, a terminal what is harmless of it.
        context.Output.Out.Write(Console.IsOutputRedirected ? added : _filter.Pass(added));
        context.Output.Out.Flush();
    }

    private int End(ReplyDelta done)
    {
        Print(ended: true);
        if (!Console.IsOutputRedirected)
        {
            context.Output.Print("");
        }

        if (done.State != "done")
        {
            var why = done.Error is { } error ? $": {error.Words}" : "";
            context.Output.Say($"The reply is not complete; it is {done.State}{why}.");
            return ExitCode.ReplyNotDone;
        }

        return _tape.Restarted ? ExitCode.ReplyRestarted : ExitCode.Ok;
    }
}
