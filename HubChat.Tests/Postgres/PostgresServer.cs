using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Xunit;

namespace HubChat.Tests.Postgres;

/// <summary>
/// A PostgreSQL of the test's own: on loopback, on a port of its own, in a folder of its own. It survives being killed, not the loss of
/// power: nothing is flushed to disk, because that is what the tests would spend their time on.
/// </summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    private const string User = "postgres";
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(60);
    private static readonly Lazy<string> Binaries = new(FindBinaries);
    private readonly string _folder = Directory.CreateTempSubdirectory("hubchat-postgres-").FullName;
    private Process? _process;
    private int _databases;

    private PostgresServer() => Port = FreePorts.Next();

    public int Port { get; }

    public static async Task<PostgresServer> StartAsync(CancellationToken cancellationToken)
    {
        var server = new PostgresServer();
        try
        {
            if (Environment.IsPrivilegedProcess)
            {
                // It refuses to run as root.
                await RunAsync("chown", [$"{User}:{User}", server._folder], cancellationToken);
            }

            await RunAsync(
                "initdb", ["-D", server.Data, "-U", User, "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"], cancellationToken);
            await server.RestartAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>A new database with nothing in it; gives what <c>ConnectionStrings:HubChat</c> is to say.</summary>
    public string CreateDatabase()
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"hubchat{Interlocked.Increment(ref _databases)}");
        using var connection = new NpgsqlConnection(ConnectionTo("postgres") + ";Pooling=false");
        connection.Open();
        using var create = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
        create.ExecuteNonQuery();
        return ConnectionTo(name);
    }

    /// <summary>Starts it on the same port with what it had when it ended.</summary>
    public async Task RestartAsync(CancellationToken cancellationToken)
    {
        _process = Launch(
            "postgres",
            [
                "-D", Data, "-p", $"{Port}", "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "max_connections=400",
                "-c", "logging_collector=off",
            ]);
        await Eventually.HoldsAsync(() => IsReadyAsync(cancellationToken), cancellationToken, ReadyWithin);
    }

    /// <summary>SIGKILL for it and all its processes.</summary>
    public async Task KillAsync(CancellationToken cancellationToken)
    {
        _process!.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync(cancellationToken);
    }

    /// <summary>It keeps its connections, and answers nobody new.</summary>
    public void Freeze() => ProcessSignal.Stop(_process!.Id);

    public void Thaw() => ProcessSignal.Continue(_process!.Id);

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            await KillAsync(CancellationToken.None);
        }

        _process?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string Data => Path.Combine(_folder, "data");

    private static string FindBinaries()
    {
        const string Debian = "/usr/lib/postgresql";
        var folders = Directory.Exists(Debian) ? Directory.EnumerateDirectories(Debian).OrderDescending().Select(folder => Path.Combine(folder, "bin")) : [];
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        return folders.Concat(path).FirstOrDefault(folder => File.Exists(Path.Combine(folder, "initdb")))
            ?? throw new InvalidOperationException("PostgreSQL's server is not installed (Debian: apt-get install postgresql).");
    }

    private static async Task RunAsync(string command, string[] arguments, CancellationToken cancellationToken)
    {
        using var process = Launch(command, arguments);
        await process.WaitForExitAsync(cancellationToken);
        Assert.True(process.ExitCode == 0, $"{command} ended with {process.ExitCode}.");
    }

    private static Process Launch(string command, string[] arguments)
    {
        var isOwn = File.Exists(Path.Combine(Binaries.Value, command));
        string[] line = [isOwn ? Path.Combine(Binaries.Value, command) : command, .. arguments];
        if (isOwn && Environment.IsPrivilegedProcess)
        {
            line = ["setpriv", $"--reuid={User}", $"--regid={User}", "--clear-groups", "--", .. line];
        }

        var start = new ProcessStartInfo(line[0], line[1..]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{command} did not start.");
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private string ConnectionTo(string database) => $"Host=127.0.0.1;Port={Port};Database={database};Username={User}";

    private async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        Assert.False(_process!.HasExited, "postgres ended.");
        try
        {
            await using var connection = new NpgsqlConnection(ConnectionTo("postgres") + ";Pooling=false;Timeout=2");
            await connection.OpenAsync(cancellationToken);
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }
}
