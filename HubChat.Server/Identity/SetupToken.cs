using System.Security.Cryptography;
using System.Text;

namespace HubChat.Server.Identity;

/// <summary>The one-time token that makes the first administrator. There is no default password; who reads the console owns the server.</summary>
internal sealed partial class SetupToken(ISessionStore store, ILogger<SetupToken> logger) : IHostedService
{
    private readonly string _value = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    public bool IsCorrect(string token) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(token), Encoding.UTF8.GetBytes(_value));

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (!await store.HasAdminAsync(cancellationToken))
        {
            LogToken(_value);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(LogLevel.Warning, "This server has no administrator yet. Sign up with this one-time setup token to become one: {SetupToken}")]
    private partial void LogToken(string setupToken);
}
