using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace HubChat.Server.Models.Upstreams;

/// <summary>One request to an upstream, of which the headers have arrived and said 200. Disposing it closes the connection at once.</summary>
internal sealed class UpstreamCall : IDisposable
{
    /// <summary>No line, event or document of an upstream is longer; one token of 10 MB still passes.</summary>
    public const int MaxPieceBytes = 32 * 1024 * 1024;

    private const int MaxErrorBytes = 64 * 1024;
    private const int MaxTailBytes = 64 * 1024;

    private static readonly TimeSpan TailTimeout = TimeSpan.FromMilliseconds(250);
    private static readonly MediaTypeHeaderValue JsonType = new("application/json") { CharSet = "utf-8" };

    private readonly HttpResponseMessage _response;
    private readonly TimeProvider _time;

    private UpstreamCall(HttpResponseMessage response, Stream body, TimeProvider time, CancellationToken cancellationToken)
    {
        _response = response;
        _time = time;
        RequestId = UpstreamRequestId.Of(response);
        Body = new UpstreamBody(body, RequestId, cancellationToken);
    }

    public Stream Body { get; }

    public string? RequestId { get; }

    /// <param name="http">The client of the upstream.</param>
    /// <param name="address">Where to.</param>
    /// <param name="body">JSON to post; null to get.</param>
    /// <param name="time">Tells how long a date to come back is away.</param>
    /// <param name="cancellationToken">Ends the call, also while its body is read.</param>
    /// <exception cref="ModelException">It could not be reached, or answered with anything but 200.</exception>
    public static async Task<UpstreamCall> SendAsync(
        HttpClient http, Uri address, byte[]? body, TimeProvider time, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, address);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body) { Headers = { ContentType = JsonType } };
        }

        var response = await SendAsync(http, request, cancellationToken);
        try
        {
            var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
            var call = new UpstreamCall(response, stream, time, cancellationToken);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                throw UpstreamErrors.FromStatus(response, await call.ReadErrorCodeAsync(cancellationToken), time.GetUtcNow());
            }

            return call;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    /// <exception cref="ModelException">The body is of another type; servers that name none are believed.</exception>
    public async Task RequireTypeAsync(string[] types, CancellationToken cancellationToken)
    {
        if (_response.Content.Headers.ContentType?.MediaType is { } type && !types.Contains(type, StringComparer.OrdinalIgnoreCase))
        {
            throw Error(await ReadErrorCodeAsync(cancellationToken), "instead of an answer");
        }
    }

    /// <summary>The whole body; the caller disposes it.</summary>
    /// <exception cref="ModelException">It is too long, or no JSON object.</exception>
    public async Task<JsonDocument> ReadDocumentAsync(CancellationToken cancellationToken)
    {
        var bytes = await ReadUpToAsync(MaxPieceBytes + 1, cancellationToken);
        return bytes.Length <= MaxPieceBytes ? Parse(bytes) : throw TooLong();
    }

    /// <exception cref="ModelException">It is no JSON object.</exception>
    public JsonDocument Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                return document;
            }

            document.Dispose();
        }
        catch (JsonException)
        {
            // Its message quotes what was read.
        }

        throw Malformed("is not the JSON it should be");
    }

    /// <summary>
    /// Reads past the end of an answer that is complete, so that the connection can be used again. What does not end soon is left.
    /// </summary>
    public async Task ReadTailAsync(CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(TailTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            await ReadUpToAsync(MaxTailBytes, either.Token);
        }
        catch (Exception failure) when (failure is ModelException || (failure is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // The answer is complete all the same.
        }
    }

    public ModelException Malformed(string what) => Failed($"The answer of the model's server {what}.");

    public ModelException TooLong() => Malformed($"holds a piece of more than {MaxPieceBytes / (1024 * 1024)} MB");

    /// <summary>The upstream itself said that it failed.</summary>
    public ModelException Error(string? code, string where) => new(
        UpstreamErrorCode.IsContextLength(code) ? ModelException.ContextLength : ModelException.Failed,
        $"The model's server sent an error {where}{(code is null ? "" : $" ({code})")}.")
    {
        RequestId = RequestId,
    };

    public void Dispose()
    {
        _response.Dispose();
        Body.Dispose();
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient http, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw UpstreamErrors.ConnectTimeout();
        }
        catch (HttpRequestException failure)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw UpstreamErrors.FromConnection(failure);
        }
    }

    private ModelException Failed(string message) => new(ModelException.Failed, message) { RequestId = RequestId };

    private async Task<string?> ReadErrorCodeAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var document = JsonDocument.Parse(await ReadUpToAsync(MaxErrorBytes, cancellationToken));
            return UpstreamErrorCode.Of(document.RootElement.Member("error"));
        }
        catch (Exception failure) when (failure is JsonException or ModelException)
        {
            // The status says enough.
            return null;
        }
    }

    private async Task<ReadOnlyMemory<byte>> ReadUpToAsync(int limit, CancellationToken cancellationToken)
    {
        var read = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (read.Length < limit && await Body.ReadAsync(buffer, cancellationToken) is > 0 and var count)
        {
            read.Write(buffer, 0, (int)Math.Min(count, limit - read.Length));
        }

        return read.GetBuffer().AsMemory(0, (int)read.Length);
    }
}
