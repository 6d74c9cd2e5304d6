using System.Text;
using HubChat.Server.Models.Upstreams;
using Xunit;

namespace HubChat.Tests.Models.Upstreams;

public sealed class LineReaderTests
{
    // Around the size of the first buffer, and far from it.
    private static readonly int[] Lengths = [1, 100_000, 0, 8_191, 8_192, 8_193, 5, 300_000, 7];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("", "")]
    [InlineData("a", "a")]
    [InlineData("a\n", "a")]
    [InlineData("a\nb", "a|b")]
    [InlineData("\n\na\r\n", "||a\r")]
    [InlineData("ä😀\n世界\n", "ä😀|世界")]
    public async Task Lines_are_whole_however_they_arrive(string text, string lines)
    {
        foreach (var step in new[] { 1, 2, 3, 100 })
        {
            Assert.Equal(lines, string.Join('|', await ReadAsync(new SteppedStream(Encoding.UTF8.GetBytes(text), step), 100)));
        }
    }

    [Fact]
    public async Task Long_lines_between_short_ones_are_whole()
    {
        string[] lines = [.. Lengths.Select((length, index) => new string((char)('a' + index), length))];

        Assert.Equal(lines, await ReadAsync(new SteppedStream(Encoding.UTF8.GetBytes(string.Join('\n', lines)), 5_000), 400_000));
    }

    [Fact]
    public async Task Line_that_does_not_end_is_cut()
    {
        var endless = new SteppedStream(new byte[200_000], 1_000);

        await Assert.ThrowsAsync<InvalidDataException>(() => ReadAsync(endless, 50_000));

        Assert.InRange(endless.Position, 50_001, 52_000);
    }

    private static async Task<List<string>> ReadAsync(Stream stream, int maxLength)
    {
        using var reader = new LineReader(stream, maxLength);
        var lines = new List<string>();
        while (await reader.ReadAsync(Token) is { } line)
        {
            lines.Add(Encoding.UTF8.GetString(line.Span));
        }

        return lines;
    }
}
