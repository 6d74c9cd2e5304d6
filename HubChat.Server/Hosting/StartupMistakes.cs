using HubChat.Server.Errors;
using HubChat.Server.Storage;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Hosting;

/// <summary>A mistake that an operator can mend is a line on standard error, not a stack trace.</summary>
internal static class StartupMistakes
{
    private const int ExitCode = 1;

    /// <summary>A line for each mistake; none when the exception is a fault of the program.</summary>
    public static IReadOnlyList<string> In(Exception exception) => exception switch
    {
        AggregateException several => [.. several.Flatten().InnerExceptions.SelectMany(In)],
        OptionsValidationException invalid => [.. invalid.Failures.Select(failure => $"Configuration: {failure}")],
        StartupException => [exception.Message],
        InvalidDataException { InnerException: FormatException } => [$"Configuration: {exception.Message}"],

        InvalidOperationException { Source: "Microsoft.Extensions.Configuration.Binder" } binding => [$"Configuration: {BindingMistake.Of(binding)}"],
        _ => [],
    };

    public static int Report(IReadOnlyList<string> mistakes)
    {
        foreach (var mistake in mistakes)
        {
            Console.Error.WriteLine(mistake);
        }

        return ExitCode;
    }
}
