using System.Runtime.InteropServices;
using HubChat.Client.Sample.Auth;
using HubChat.Client.Sample.Commands;
using HubChat.Client.Sample.Terminal;

namespace HubChat.Client.Sample;

internal static class Program
{
    private static async Task<int> Main(string[] arguments)
    {
        var output = Output.OfProcess();
        using var stopping = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        try
        {
            var line = CommandLine.Parse(arguments, Environment.GetEnvironmentVariable("HUBCHAT_SERVER"));
            return await RunAsync(line, output, stopping.Token);
        }
        catch (ClientException exception)
        {
            output.Say(exception.Message);
            return exception.ExitsWith;
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Interrupted;
        }
        catch (Exception exception)
        {
            output.Say($"hubchat has a fault and ends: {exception.GetType().Name}: {exception.Message}");
            return ExitCode.Fault;
        }
        finally
        {
            await output.Out.FlushAsync(CancellationToken.None);
        }

        void Stop(PosixSignalContext signal)
        {
            // The way out is through the cancelled calls, so that connections are closed and the terminal is put right.
            signal.Cancel = true;
            stopping.Cancel();
        }
    }

    private static async Task<int> RunAsync(CommandLine line, Output output, CancellationToken cancellationToken)
    {
        // The token is the session; the cookie that comes with it is for browsers.
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { Timeout = TimeSpan.FromSeconds(30) };
        var context = new ClientContext(line, output, SessionStore.OfUser(), http, TimeProvider.System);
        switch (line.Verb)
        {
            case Verb.Help:
                output.Print(HelpText.Usage);
                return ExitCode.Ok;
            case Verb.Version:
                output.Print(HelpText.Version);
                return ExitCode.Ok;
            case Verb.SignUp:
                return await AccountCommands.SignUpAsync(context, cancellationToken);
            case Verb.LogIn:
                return await AccountCommands.LogInAsync(context, cancellationToken);
            case Verb.LogOut:
                return await AccountCommands.LogOutAsync(context, cancellationToken);
            case Verb.List:
                return await ChatCommands.ListAsync(context, cancellationToken);
            case Verb.New:
                return await ChatCommands.NewAsync(context, cancellationToken);
            case Verb.Say:
                return await SayCommand.RunAsync(context, cancellationToken);
            case Verb.Check:
                return await ChatCommands.CheckAsync(context, cancellationToken);
            case Verb.Demo:
                return await DemoCommand.RunAsync(context, cancellationToken);
            default:
                return await LiveCommand.RunAsync(context, cancellationToken);
        }
    }
}
