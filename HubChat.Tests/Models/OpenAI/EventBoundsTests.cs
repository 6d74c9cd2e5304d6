using System.Text;
using HubChat.Server.Models.OpenAI;
using Xunit;

namespace HubChat.Tests.Models.OpenAI;

public sealed class EventBoundsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("data: 4\n\ndata: 4\n\ndata: 4\n\n", true)]
    [InlineData("data: 4\r\n\r\ndata: 4\r\n\r\ndata: 4\r\n\r\n", true)]
    [InlineData("data: 4\r\rdata: 4\r\rdata: 4\r\r", true)]
    [InlineData("data: 4\n\r\ndata: 4\n\r\n", true)]
    [InlineData("data: 45678901", false)]
    [InlineData("data: 4\ndata: 4\n", false)]
    [InlineData("data: 4\r\ndata: 4\r\n", false)]
    [InlineData("data: 4\rdata: 4\r", false)]
    public async Task Event_ends_with_an_empty_line(string text, bool passes)
    {
        foreach (var step in new[] { 1, 2, 3, 1_000 })
        {
            await using var bounds = new EventBounds(new SteppedStream(Encoding.UTF8.GetBytes(text), step), 10);
            if (passes)
            {
                Assert.Equal(text.Length, await ReadAllAsync(bounds));
            }
            else
            {
                await Assert.ThrowsAsync<InvalidDataException>(() => ReadAllAsync(bounds));
            }
        }
    }

    private static async Task<int> ReadAllAsync(EventBounds bounds)
    {
        var read = 0;
        while (await bounds.ReadAsync(new byte[1_000], Token) is > 0 and var count)
        {
            read += count;
        }

        return read;
    }
}
