using Microsoft.Extensions.Configuration.CommandLine;
using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Models;

/// <summary>
/// Keys of models come from the environment or from user secrets. A settings file ends up in a repository or an image, a command line in
/// the list of processes: a key found there stops the start.
/// </summary>
internal sealed class ModelKeyPlacement(IConfiguration configuration) : IValidateOptions<AssistantOptions>
{
    public ValidateOptionsResult Validate(string? name, AssistantOptions options)
    {
        var mistakes = new List<string>();
        foreach (var provider in (configuration as IConfigurationRoot)?.Providers ?? [])
        {
            var place = provider switch
            {
                JsonConfigurationProvider { Source.Path: { } path } when path.StartsWith("appsettings", StringComparison.OrdinalIgnoreCase) => path,
                CommandLineConfigurationProvider => "the command line",
                _ => null,
            };
            if (place is not null)
            {
                mistakes.AddRange(
                    from index in provider.GetChildKeys([], $"{AssistantOptions.Section}:Models").Distinct()
                    where provider.TryGet($"{AssistantOptions.Section}:Models:{index}:ApiKey", out var key) && !string.IsNullOrEmpty(key)
                    select $"{AssistantOptions.Section}:Models:{index}:ApiKey stands in {place}. Keys come from the environment "
                        + $"({AssistantOptions.Section}__Models__{index}__ApiKey) or from user secrets.");
            }
        }

        return mistakes.Count > 0 ? ValidateOptionsResult.Fail(mistakes) : ValidateOptionsResult.Success;
    }
}
