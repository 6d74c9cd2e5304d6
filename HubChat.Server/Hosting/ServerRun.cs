using HubChat.Server.Storage;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Hosting;

internal static class ServerRun
{
    private const int Failed = 1;

    /// <summary>Runs until the server is stopped. A mistake of configuration is a line for the operator, not a stack trace.</summary>
    public static async Task<int> RunToEndAsync(this WebApplication app)
    {
        try
        {
            await app.RunAsync();
            return 0;
        }
        catch (OptionsValidationException invalid)
        {
            foreach (var failure in invalid.Failures)
            {
                await Console.Error.WriteLineAsync($"Configuration: {failure}");
            }

            return Failed;
        }
        catch (StartupException cause)
        {
            await Console.Error.WriteLineAsync(cause.Message);
            return Failed;
        }
    }
}
