using System.Net.Mime;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.Net.Http.Headers;

namespace HubChat.Server.Endpoints.Sse;

/// <summary>The object that a request carries. Its members are looked at one by one: which mistake is told depends on their order.</summary>
internal sealed class JsonBody : IDisposable
{
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 64, AllowDuplicateProperties = false };
    private readonly JsonDocument _document;

    private JsonBody(JsonDocument document, byte[] bytes) => (_document, Bytes) = (document, bytes);

    /// <summary>What was sent.</summary>
    public byte[] Bytes { get; }

    public JsonElement Root => _document.RootElement;

    /// <param name="request">The request.</param>
    /// <param name="isOptional">Whether no body at all stands for an empty object.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SseException">invalid_json.</exception>
    /// <exception cref="BadHttpRequestException">It is too long, or does not say that it is JSON.</exception>
    public static async Task<JsonBody> ReadAsync(HttpRequest request, bool isOptional, CancellationToken cancellationToken)
    {
        using var buffer = new MemoryStream();
        await request.Body.CopyToAsync(buffer, cancellationToken);
        var bytes = buffer.ToArray();
        if (isOptional && bytes.Length == 0)
        {
            return new JsonBody(JsonDocument.Parse("{}"), bytes);
        }

        if (!IsJson(request.GetTypedHeaders().ContentType))
        {
            throw new BadHttpRequestException("Not JSON.", StatusCodes.Status415UnsupportedMediaType);
        }

        try
        {
            // The parser looks at the octets of a text only when it is asked for.
            var document = Utf8.IsValid(bytes) ? JsonDocument.Parse(bytes, Strict) : throw NotAnObject();
            return document.RootElement.ValueKind is JsonValueKind.Object ? new JsonBody(document, bytes) : throw NotAnObject();
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The latter when the name of a member is no text: half of a surrogate pair, escaped.
            throw NotAnObject();
        }
    }

    public void Dispose() => _document.Dispose();

    /// <summary>JSON between systems is UTF-8 (RFC 8259, section 8.1).</summary>
    private static bool IsJson(MediaTypeHeaderValue? type) =>
        type is not null && type.MediaType.Equals(MediaTypeNames.Application.Json, StringComparison.OrdinalIgnoreCase)
        && HeaderUtilities.RemoveQuotes(type.Charset).ToString().ToUpperInvariant() is "" or "UTF-8" or "UTF8";

    private static SseException NotAnObject() =>
        SseException.Invalid("invalid_json", null, "The body must be one JSON object, without repeated members and not nested over 64 levels.");
}
