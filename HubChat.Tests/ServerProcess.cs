using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using HubChat.Tests.Deploy;

namespace HubChat.Tests;

/// <summary>
/// The built server as a process of its own, with a port and a data folder of its own, for the faults that a server in
/// the test's process cannot have: a kill, a pause, a restart.
/// </summary>
internal sealed partial class ServerProcess : IAsyncDisposable
{
    // Wide: on a machine that builds something else meanwhile a start has taken half a minute.
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan ExitDeadline = TimeSpan.FromSeconds(40);
    private static readonly HttpClient Http = new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.Zero })
    {
        Timeout = TimeSpan.FromSeconds(5),
    };

    private readonly IReadOnlyDictionary<string, string> _settings;
    private readonly int? _descriptors;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly List<Process> _ended = [];
    private Process _process;

    private ServerProcess(IReadOnlyDictionary<string, string> settings, int? descriptors)
    {
        (_settings, _descriptors) = (settings, descriptors);
        DataFolder = Directory.CreateTempSubdirectory("hubchat-").FullName;
        Address = new Uri("http://127.0.0.1:0");
        _process = Launch();
    }

    /// <summary>Where the server listens; the same after a restart.</summary>
    public Uri Address { get; private set; }

    /// <summary>The server's own folder: <c>hubchat.db</c> and what else it writes. Deleted at the end.</summary>
    public string DataFolder { get; }

    public int ProcessId => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Everything the server wrote to its standard output and error, over all restarts.</summary>
    public string Output => string.Join(Environment.NewLine, _output);

    /// <param name="settings">Environment settings, such as <c>Generation__Model</c>; they win over those given here.</param>
    /// <param name="cancellationToken">Ends the wait; the process is killed then.</param>
    public static Task<ServerProcess> StartAsync(
        IReadOnlyDictionary<string, string>? settings = null, CancellationToken cancellationToken = default) =>
        StartAsync(settings ?? new Dictionary<string, string>(), descriptors: null, cancellationToken);

    /// <param name="settings">As above.</param>
    /// <param name="descriptors">How many files it may open; needs <c>prlimit</c>.</param>
    /// <param name="cancellationToken">As above.</param>
    public static async Task<ServerProcess> StartAsync(
        IReadOnlyDictionary<string, string> settings, int? descriptors, CancellationToken cancellationToken)
    {
        var server = new ServerProcess(settings, descriptors);
        try
        {
            await server.ReadyAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>SIGKILL: nothing of the server runs any more. Works on a stopped process too.</summary>
    public void Kill()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }
    }

    /// <summary>SIGTERM: the orderly end.</summary>
    public void Terminate() => ProcessSignal.Terminate(RunningId());

    /// <summary>SIGSTOP: a pause as long as the test likes, as of a virtual machine or a collector.</summary>
    public void Stop() => ProcessSignal.Stop(RunningId());

    /// <summary>SIGCONT: goes on after <see cref="Stop"/>.</summary>
    public void Continue() => ProcessSignal.Continue(RunningId());

    /// <returns>The exit code; after a signal 128 and its number.</returns>
    public async Task<int> ExitedAsync(CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(ExitDeadline);
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
            return _process.ExitCode;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"The server did not exit within {ExitDeadline.TotalSeconds} s.\n{Output}");
        }
    }

    /// <summary>Starts it again on the same port and data folder, and waits until it is ready. One that still runs is killed first.</summary>
    public async Task RestartAsync(CancellationToken cancellationToken)
    {
        Kill();
        await ExitedAsync(cancellationToken);
        _ended.Add(_process);
        _process = Launch();
        await ReadyAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        Kill();
        await ExitedAsync(CancellationToken.None);
        _process.Dispose();
        _ended.ForEach(process => process.Dispose());
        Directory.Delete(DataFolder, recursive: true);
    }

    [GeneratedRegex(@"Now listening on: (http://[0-9.]+:[0-9]+)")]
    private static partial Regex ListeningOn();

    private static string ServerAssembly()
    {
        var beside = Path.Combine(AppContext.BaseDirectory, "HubChat.Server.dll");
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
        var built = Path.Combine(RepositoryFolder.Path, "artifacts", "bin", "HubChat.Server", configuration, "HubChat.Server.dll");
        return File.Exists(beside) ? beside : built;
    }

    private Process Launch()
    {
        string[] command = ["dotnet", ServerAssembly(), "--urls", Address.GetLeftPart(UriPartial.Authority)];
        command = _descriptors is { } most ? [Tool.Find("prlimit"), $"--nofile={most}:{most}", .. command] : command;
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = RepositoryFolder.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["ASPNETCORE_CONTENTROOT"] = RepositoryFolder.Path;
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        start.Environment["ConnectionStrings__HubChat"] = $"Data Source={Path.Combine(DataFolder, "hubchat.db")}";
        // The address is read from this line, however quiet the settings make the rest.
        start.Environment["Logging__LogLevel__Microsoft.Hosting.Lifetime"] = "Information";
        foreach (var (name, value) in _settings)
        {
            start.Environment[name] = value;
        }

        var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Collect(line.Data);
        process.ErrorDataReceived += (_, line) => Collect(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private void Collect(string? line)
    {
        if (line is null)
        {
            return;
        }

        _output.Enqueue(line);
        if (Address.Port == 0 && ListeningOn().Match(line) is { Success: true } match)
        {
            Address = new Uri(match.Groups[1].Value);
        }
    }

    private async Task ReadyAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Eventually.HoldsAsync(() => IsReadyAsync(cancellationToken), cancellationToken, StartDeadline);
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"The server was not ready within {StartDeadline.TotalSeconds} s.\n{Output}", late);
        }
    }

    private async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        if (_process.HasExited)
        {
            throw new InvalidOperationException($"The server exited with {await ExitedAsync(cancellationToken)}.\n{Output}");
        }

        if (Address.Port == 0)
        {
            return false;
        }

        try
        {
            using var answer = await Http.GetAsync(new Uri(Address, "readyz"), cancellationToken);
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (Exception unanswered) when (unanswered is HttpRequestException or TaskCanceledException { InnerException: TimeoutException })
        {
            return false;
        }
    }

    private int RunningId() =>
        _process.HasExited ? throw new InvalidOperationException("The server does not run.") : _process.Id;
}
