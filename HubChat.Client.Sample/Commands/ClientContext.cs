using HubChat.Client.Sample.Auth;
using HubChat.Client.Sample.Contract;
using HubChat.Client.Sample.Hub;
using HubChat.Client.Sample.Terminal;

namespace HubChat.Client.Sample.Commands;

/// <summary>What every command needs: the command line, the server, who is signed in, where to write.</summary>
internal sealed record ClientContext(CommandLine Line, Output Output, SessionStore Sessions, HttpClient Http, TimeProvider Time)
{
    public AuthApi Auth => new(Http, Line.Server);

    public Prompts Prompts => new(Output);

    public string? Token => TokenOfEnvironment ?? Sessions.Find(Line.Server)?.Token;

    public static string? TokenOfEnvironment =>
        Environment.GetEnvironmentVariable("HUBCHAT_TOKEN") is { Length: > 0 } token ? token : null;

    public string RequireToken() => Token
        ?? throw new ClientException(ExitCode.Refused, $"You are not signed in at {Line.Server}. Run hubchat login, or hubchat signup.");

    /// <summary>Who is signed in, asked of the server: a session may have ended since.</summary>
    public Task<User> WhoAmIAsync(CancellationToken cancellationToken) => Auth.MeAsync(RequireToken(), cancellationToken);

    public HubSession NewSession(string token, Func<HubSignal, ValueTask>? signal = null) =>
        new(Line.Server, token, signal ?? (_ => ValueTask.CompletedTask), Time);

    public async Task<HubSession> ConnectAsync(CancellationToken cancellationToken)
    {
        var session = NewSession(RequireToken());
        try
        {
            await session.StartAsync(cancellationToken);
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }
}
