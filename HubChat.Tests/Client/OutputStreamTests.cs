using HubChat.Client.Sample;
using HubChat.Client.Sample.Terminal;
using Xunit;

namespace HubChat.Tests.Client;

public sealed class OutputStreamTests
{
    [Fact]
    public void Full_disk_is_told_once_in_a_sentence()
    {
        using var full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        using var output = new OutputStream(full);

        var error = Assert.Throws<ClientException>(() => output.Write("text"u8));
        output.Write("more"u8);

        Assert.Equal(ExitCode.OutputFailed, error.ExitsWith);
        Assert.StartsWith("The output could not be written: No space left on device", error.Message, StringComparison.Ordinal);
    }
}
