using System.Text.Json;

namespace HubChat.Client.Sample.Auth;

/// <summary>
/// The signed-in sessions, one per server, in a file that only its owner can read. A token is a key to its own server:
/// it is never sent to another one.
/// </summary>
internal sealed class SessionStore(string folder)
{
    private const UnixFileMode OwnerOnlyFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerOnlyFolder = OwnerOnlyFile | UnixFileMode.UserExecute;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public string Path => System.IO.Path.Combine(folder, "session.json");

    public static SessionStore OfUser()
    {
        var config = Environment.GetEnvironmentVariable("XDG_CONFIG_HOME");
        return new SessionStore(System.IO.Path.Combine(
            string.IsNullOrEmpty(config)
                ? System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".config")
                : config,
            "hubchat"));
    }

    public StoredSession? Find(Uri server) => Read().GetValueOrDefault(Key(server));

    public void Save(Uri server, StoredSession session)
    {
        var sessions = Read();
        sessions[Key(server)] = session;
        Write(sessions);
    }

    public void Remove(Uri server)
    {
        var sessions = Read();
        if (sessions.Remove(Key(server)))
        {
            Write(sessions);
        }
    }

    private static string Key(Uri server) => server.GetLeftPart(UriPartial.Authority);

    private Dictionary<string, StoredSession> Read()
    {
        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, StoredSession>>(File.ReadAllText(Path), Json) ?? [];
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new ClientException(ExitCode.Refused, $"{Path} cannot be read; delete it and sign in again.", exception);
        }
    }

    private void Write(Dictionary<string, StoredSession> sessions)
    {
        // Made private before the token is in it, and put in place whole: a reader sees the old file or the new one.
        var draft = $"{Path}.{Environment.ProcessId}";
        try
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(folder);
            }
            else
            {
                Directory.CreateDirectory(folder, OwnerOnlyFolder);
                File.SetUnixFileMode(folder, OwnerOnlyFolder);
            }

            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = OwnerOnlyFile;
            }

            using (var file = new FileStream(draft, options))
            {
                JsonSerializer.Serialize(file, sessions, Json);
            }

            File.Move(draft, Path, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ClientException(ExitCode.Refused, $"{Path} cannot be written: {exception.Message}", exception);
        }
    }
}
