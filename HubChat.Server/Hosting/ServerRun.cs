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
        catch (Exception exception) when (Mistakes(exception) is { Count: > 0 } mistakes)
        {
            foreach (var mistake in mistakes)
            {
                await Console.Error.WriteLineAsync(mistake);
            }

            return Failed;
        }
    }

    /// <summary>A line for each mistake; none when the exception is not about something an operator can mend.</summary>
    private static IReadOnlyList<string> Mistakes(Exception exception) => exception switch
    {
        AggregateException several => [.. several.Flatten().InnerExceptions.SelectMany(Mistakes)],
        OptionsValidationException invalid => [.. invalid.Failures.Select(failure => $"Configuration: {failure}")],
        StartupException => [exception.Message],

        // What binding says of a value that is not of the option's type; it names the option.
        InvalidOperationException { InnerException: FormatException or OverflowException or ArgumentException } => [$"Configuration: {exception.Message}"],
        _ => [],
    };
}
