using HubChat.Client.Sample.Auth;
using HubChat.Client.Sample.Contract;
using HubChat.Client.Sample.Terminal;

namespace HubChat.Client.Sample.Commands;

/// <summary>Signing up, in and out.</summary>
internal static class AccountCommands
{
    public static async Task<int> SignUpAsync(ClientContext context, CancellationToken cancellationToken)
    {
        var line = context.Line;
        var username = line.Argument ?? await context.Prompts.LineAsync("User name", cancellationToken);
        var email = line.Email ?? await context.Prompts.LineAsync("E-mail address", cancellationToken);
        var password = await PasswordAsync(context, twice: true, cancellationToken);
        var signedIn = await context.Auth.SignUpAsync(username, email, password, line.DisplayName, cancellationToken);
        return Keep(context, signedIn);
    }

    public static async Task<int> LogInAsync(ClientContext context, CancellationToken cancellationToken)
    {
        var username = context.Line.Argument ?? await context.Prompts.LineAsync("User name", cancellationToken);
        var password = await PasswordAsync(context, twice: false, cancellationToken);
        var signedIn = await context.Auth.LogInAsync(username, password, cancellationToken);
        return Keep(context, signedIn);
    }

    public static async Task<int> LogOutAsync(ClientContext context, CancellationToken cancellationToken)
    {
        if (context.Token is not { } token)
        {
            context.Output.Say("You are not signed in.");
            return ExitCode.Ok;
        }

        try
        {
            await context.Auth.LogOutAsync(token, cancellationToken);
        }
        catch (ClientException exception) when (exception.ExitsWith == ExitCode.Refused)
        {
            // The session has ended already, which is what was wanted.
        }

        context.Sessions.Remove(context.Line.Server);
        context.Output.Say("Signed out.");
        return ExitCode.Ok;
    }

    private static int Keep(ClientContext context, SignedIn signedIn)
    {
        var user = signedIn.User;
        context.Sessions.Save(context.Line.Server, new StoredSession(signedIn.Token, user.Id, user.Username, user.DisplayName));
        context.Output.Say($"Signed in at {context.Line.Server} as {TerminalFilter.CleanLine(user.DisplayName)} ({TerminalFilter.CleanLine(user.Username)}).");
        return ExitCode.Ok;
    }

    private static async Task<string> PasswordAsync(ClientContext context, bool twice, CancellationToken cancellationToken)
    {
        if (context.Line.PasswordFromInput)
        {
            return await Prompts.PasswordFromInputAsync(cancellationToken);
        }

        var password = await context.Prompts.PasswordAsync("Password", cancellationToken);
        return !twice || await context.Prompts.PasswordAsync("Password, again", cancellationToken) == password
            ? password
            : throw new ClientException(ExitCode.Usage, "The two passwords differ.");
    }
}
