using System.Text;
using Microsoft.AspNetCore.Http;

namespace HubChat.Tests.Models.Fakes;

/// <summary>One request being answered.</summary>
/// <param name="context">The request and its response.</param>
/// <param name="request">What the test sees of it.</param>
/// <param name="protocol">How pieces are written.</param>
/// <param name="cancellationToken">Ends when the caller is gone, or the server ends.</param>
internal sealed class FakeExchange(HttpContext context, FakeRequest request, FakeProtocol protocol, CancellationToken cancellationToken)
{
    public HttpContext Context => context;

    public FakeRequest Request => request;

    public FakeProtocol Protocol => protocol;

    public CancellationToken CancellationToken => cancellationToken;

    /// <summary>When set, each byte is flushed by itself.</summary>
    public bool IsSliced { get; set; }

    public int WordsSaid { get; private set; }

    public Task PieceAsync(string text)
    {
        request.OnPiece();
        WordsSaid++;
        return WriteAsync(protocol.Piece(text));
    }

    public Task WriteAsync(string text) => WriteAsync(Encoding.UTF8.GetBytes(text));

    public async Task WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        context.Response.ContentType ??= protocol.ContentType;
        var step = IsSliced ? 1 : Math.Max(1, bytes.Length);
        for (var start = 0; start < bytes.Length; start += step)
        {
            await context.Response.Body.WriteAsync(bytes.Slice(start, step), cancellationToken);
            await context.Response.Body.FlushAsync(cancellationToken);
        }
    }

    public Task EndAsync(string reason) => WriteAsync(protocol.End(reason, PromptWords, WordsSaid));

    /// <summary>What the prompt counts as; a word is a token here.</summary>
    public int PromptWords => request.Json.GetProperty("messages").EnumerateArray()
        .Sum(message => message.TryGetProperty("content", out var content) ? content.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries).Length : 0);
}
