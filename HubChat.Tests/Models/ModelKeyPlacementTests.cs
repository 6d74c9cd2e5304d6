using HubChat.Server.Models;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace HubChat.Tests.Models;

/// <summary>Keys of models never stand in a settings file or on a command line.</summary>
public sealed class ModelKeyPlacementTests : IDisposable
{
    private const string Key = "sk-marker";
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("hubchat-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("appsettings.json")]
    [InlineData("appsettings.Production.json")]
    public void Key_in_a_settings_file_is_refused_by_name_and_not_repeated(string file)
    {
        Write(file);

        var failure = Validate(builder => builder.AddJsonFile(Path.Combine(_folder.FullName, file)));

        Assert.StartsWith("Assistant:Models:1:ApiKey stands in", failure, StringComparison.Ordinal);
        Assert.Contains("Assistant__Models__1__ApiKey", failure, StringComparison.Ordinal);
        Assert.DoesNotContain(Key, failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Key_on_the_command_line_is_refused() =>
        Assert.Contains("the command line", Validate(builder => builder.AddCommandLine([$"--Assistant:Models:0:ApiKey={Key}"])), StringComparison.Ordinal);

    [Fact]
    public void Key_in_user_secrets_is_taken()
    {
        Write("secrets.json");
        Assert.Null(Validate(builder => builder.AddJsonFile(Path.Combine(_folder.FullName, "secrets.json"))));
    }

    [Fact]
    public void Key_in_the_environment_is_taken()
    {
        const string Prefix = "HUBCHAT_KEY_TEST_";
        Environment.SetEnvironmentVariable($"{Prefix}Assistant__Models__0__ApiKey", Key);
        try
        {
            Assert.Null(Validate(builder => builder.AddEnvironmentVariables(Prefix)));
        }
        finally
        {
            Environment.SetEnvironmentVariable($"{Prefix}Assistant__Models__0__ApiKey", null);
        }
    }

    private void Write(string file) => File.WriteAllText(
        Path.Combine(_folder.FullName, file), $$"""{ "Assistant": { "Models": [ { "Name": "one" }, { "Name": "two", "ApiKey": "{{Key}}" } ] } }""");

    private static string? Validate(Action<ConfigurationBuilder> add)
    {
        var builder = new ConfigurationBuilder();
        add(builder);
        var result = new ModelKeyPlacement(builder.Build()).Validate(null, new AssistantOptions());
        return result.Failed ? result.FailureMessage : null;
    }
}
