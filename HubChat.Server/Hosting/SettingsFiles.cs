using Microsoft.Extensions.Configuration.Json;

namespace HubChat.Server.Hosting;

/// <summary>
/// Settings files that are edited while the server runs. The provider of .NET forgets all a file said when it finds the file broken;
/// here what was read last stays in force, and the mistake is logged.
/// </summary>
internal static partial class SettingsFiles
{
    /// <summary>Replaces the readers of the settings files that are watched.</summary>
    public static void KeepLastRead(this IConfigurationManager configuration)
    {
        foreach (var (index, source) in configuration.Sources.Index().ToList())
        {
            if (source is JsonConfigurationSource { ReloadOnChange: true, Path: { } path } file)
            {
                configuration.Sources[index] = new KeptFileSource { Path = path, FileProvider = file.FileProvider, Optional = file.Optional, ReloadOnChange = true };
            }
        }
    }

    /// <summary>From now on mistakes are logged; those at the start are <see cref="StartupMistakes"/>.</summary>
    public static void LogSettingsMistakes(this WebApplication app)
    {
        var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(SettingsFiles));
        foreach (var file in ((IConfigurationRoot)app.Configuration).Providers.OfType<KeptFile>())
        {
            file.Source.OnLoadException = broken => LogBroken(logger, file.Source.Path, (broken.Exception.InnerException ?? broken.Exception).Message);
        }
    }

    [LoggerMessage(LogLevel.Error, "{File} cannot be read, the settings stay as they were: {Mistake}")]
    private static partial void LogBroken(ILogger logger, string? file, string mistake);

    private sealed class KeptFileSource : JsonConfigurationSource
    {
        public override IConfigurationProvider Build(IConfigurationBuilder builder)
        {
            EnsureDefaults(builder);
            return new KeptFile(this);
        }
    }

    private sealed class KeptFile(KeptFileSource source) : JsonConfigurationProvider(source)
    {
        private bool _wasRead;

        public override void Load(Stream stream)
        {
            try
            {
                base.Load(stream);
                _wasRead = true;
            }
            catch (FormatException mistake) when (_wasRead)
            {
                Source.OnLoadException?.Invoke(new FileLoadExceptionContext { Provider = this, Exception = mistake });
            }
        }
    }
}
