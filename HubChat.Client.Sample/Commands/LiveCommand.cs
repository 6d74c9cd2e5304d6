using System.Text;
using HubChat.Client.Sample.Live;
using HubChat.Client.Sample.Terminal;

namespace HubChat.Client.Sample.Commands;

/// <summary>Talking: in a terminal with a line for input below the chat, otherwise line by line.</summary>
internal static class LiveCommand
{
    public static async Task<int> RunAsync(ClientContext context, CancellationToken cancellationToken)
    {
        if (context.Token is null && Prompts.SomebodyIsThere)
        {
            await SignInAsync(context, cancellationToken);
        }

        var me = await context.WhoAmIAsync(cancellationToken);
        return context.Output.IsTerminal && Prompts.SomebodyIsThere
            ? await RunInTerminalAsync(context, me, cancellationToken)
            : await RunPlainAsync(context, me, cancellationToken);
    }

    private static async Task SignInAsync(ClientContext context, CancellationToken cancellationToken)
    {
        context.Output.Say($"You are not signed in at {context.Line.Server}.");
        var isNew = context.Output.IsTerminal
            ? await context.Prompts.ChoiceAsync("What now?", ["Sign in", "Make an account"], cancellationToken) != "Sign in"
            : (await context.Prompts.LineAsync("Make an account? (yes/no)", cancellationToken)).StartsWith('y');
        await (isNew ? AccountCommands.SignUpAsync(context, cancellationToken) : AccountCommands.LogInAsync(context, cancellationToken));
    }

    private static async Task<int> RunInTerminalAsync(ClientContext context, Contract.User me, CancellationToken cancellationToken)
    {
        var editor = new LineEditor();
        var screen = new TerminalScreen(context.Output.Out, editor, () => Console.WindowWidth);
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        int code;
        await using (var client = new LiveClient(context, me, screen))
        {
            var keys = new KeyReader();
            keys.Start();
            var typing = ReadKeysAsync(keys, editor, client, reading.Token);
            try
            {
                code = await client.RunAsync(context.Line.Chat, cancellationToken);
            }
            finally
            {
                await reading.CancelAsync();
                await typing;
                screen.Close();
            }

            await SignOutAsync(context, client, cancellationToken);
        }

        return code;
    }

    private static async Task SignOutAsync(ClientContext context, LiveClient client, CancellationToken cancellationToken)
    {
        if (client.SignsOut)
        {
            await AccountCommands.LogOutAsync(context, cancellationToken);
        }
    }

    private static async Task ReadKeysAsync(KeyReader keys, LineEditor editor, LiveClient client, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var key in keys.Keys.ReadAllAsync(cancellationToken))
            {
                await client.Loop.ShowAsync(() => Press(key, editor, client), cancellationToken);
            }

            client.End();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The client has ended; nobody reads keys any more.
        }
    }

    private static void Press(ConsoleKeyInfo key, LineEditor editor, LiveClient client)
    {
        if (key is { Key: ConsoleKey.C, Modifiers: ConsoleModifiers.Control })
        {
            client.End(ExitCode.Interrupted);
        }
        else if (key is { Key: ConsoleKey.D, Modifiers: ConsoleModifiers.Control } && editor.Text.Length == 0)
        {
            client.End();
        }
        else if (editor.Handle(key) is { } line)
        {
            client.Enter(line);
        }
        else
        {
            client.Typing(editor.Text);
        }
    }

    private static async Task<int> RunPlainAsync(ClientContext context, Contract.User me, CancellationToken cancellationToken)
    {
        var screen = new PlainScreen(context.Output.Out);
        await using var client = new LiveClient(context, me, screen);
        // Reading a line from a pipe cannot be cancelled: it ends with its line, or with the process.
        var reading = ReadLinesAsync(client, cancellationToken);
        var code = await client.RunAsync(context.Line.Chat, cancellationToken);
        screen.EndRow();
        screen.Refresh();
        await SignOutAsync(context, client, cancellationToken);
        return code;
    }

    private static async Task ReadLinesAsync(LiveClient client, CancellationToken cancellationToken)
    {
        await client.Open.Ready.WaitAsync(cancellationToken);
        using var input = new StreamReader(Console.OpenStandardInput(), Encoding.UTF8);
        while (await input.ReadLineAsync(cancellationToken) is { } line)
        {
            await client.Loop.ShowAsync(() => client.Enter(line), cancellationToken);
        }

        await client.Loop.ShowAsync(client.InputEnded, cancellationToken);
    }
}
