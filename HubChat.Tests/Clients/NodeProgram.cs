using System.Diagnostics;
using System.Text;
using Xunit;

namespace HubChat.Tests.Clients;

/// <summary>A script that runs while a test goes on, and what it has written so far.</summary>
internal sealed class NodeProgram : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly StringBuilder _output = new();
    private readonly Process _process;
    private readonly Task _reading;
    private readonly Task<string> _errors;

    /// <param name="folder">Where it runs.</param>
    /// <param name="arguments">The script and what it is given.</param>
    public NodeProgram(string folder, params IEnumerable<string> arguments)
    {
        _process = Process.Start(new ProcessStartInfo("node", arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
        }) ?? throw new InvalidOperationException("node did not start.");
        _reading = ReadAsync();
        _errors = _process.StandardError.ReadToEndAsync();
    }

    /// <summary>What it has written to its standard output.</summary>
    public string Output
    {
        get
        {
            lock (_lock)
            {
                return _output.ToString();
            }
        }
    }

    public bool HasExited => _process.HasExited;

    /// <summary>Waits for its end, which must be a good one.</summary>
    public async Task<string> EndAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        await _reading;
        Assert.True(_process.ExitCode == 0, $"node ended with {_process.ExitCode}.\n{Output}\n{await _errors}");
        return Output;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private async Task ReadAsync()
    {
        var buffer = new char[4_096];
        while (await _process.StandardOutput.ReadAsync(buffer) is var length and > 0)
        {
            lock (_lock)
            {
                _output.Append(buffer, 0, length);
            }
        }
    }
}
