using System.Diagnostics;
using System.Text;

namespace HubChat.Tests.Client;

/// <summary>The built sample client as a process, with a config folder of its own.</summary>
internal sealed class SampleProcess : IAsyncDisposable
{
    private static readonly string Assembly = Path.Combine(AppContext.BaseDirectory, "HubChat.Client.Sample.dll");

    private readonly string _folder = Directory.CreateTempSubdirectory("hubchat-client-").FullName;
    private readonly Uri _server;
    private readonly List<Process> _started = [];

    public SampleProcess(Uri server) => _server = server;

    internal sealed record Result(int ExitCode, string Output, string Error);

    /// <summary>Runs it to its end.</summary>
    public async Task<Result> RunAsync(string[] arguments, string input, CancellationToken cancellationToken)
    {
        var process = Start(arguments);
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.StandardInput.WriteAsync(input.AsMemory(), cancellationToken);
        process.StandardInput.Close();
        await process.WaitForExitAsync(cancellationToken);
        return new Result(process.ExitCode, await output, await error);
    }

    public Task<Result> RunAsync(string[] arguments, CancellationToken cancellationToken) => RunAsync(arguments, "", cancellationToken);

    public Process Start(params string[] arguments) => StartProcess(new ProcessStartInfo("dotnet", [Assembly, .. arguments]));

    /// <summary>In a terminal of its own; at the end, the settings of that terminal follow what the client wrote, which the shell outlives.</summary>
    public Process StartInTerminal(string arguments, string terminal)
    {
        var start = new ProcessStartInfo("script", ["-q", "-e", "-c", $"trap : INT; dotnet '{Assembly}' {arguments}; code=$?; stty -a; exit $code", "/dev/null"]);
        start.Environment["TERM"] = terminal;
        return StartProcess(start);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _started)
        {
            if (!process.HasExited)
            {
                process.Kill();
                await process.WaitForExitAsync();
            }

            process.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private Process StartProcess(ProcessStartInfo start)
    {
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.StandardOutputEncoding = Encoding.UTF8;
        start.Environment["HUBCHAT_SERVER"] = _server.ToString();
        start.Environment["XDG_CONFIG_HOME"] = _folder;
        start.Environment.Remove("HUBCHAT_TOKEN");
        var process = Process.Start(start) ?? throw new InvalidOperationException("The client did not start.");
        _started.Add(process);
        return process;
    }
}
