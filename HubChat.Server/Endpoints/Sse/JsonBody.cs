using System.Text.Json;

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

        if (!request.HasJsonContentType())
        {
            throw new BadHttpRequestException("Not JSON.", StatusCodes.Status415UnsupportedMediaType);
        }

        try
        {
            var document = JsonDocument.Parse(bytes, Strict);
            return document.RootElement.ValueKind is JsonValueKind.Object ? new JsonBody(document, bytes) : throw NotAnObject();
        }
        catch (JsonException)
        {
            throw NotAnObject();
        }
    }

    public void Dispose() => _document.Dispose();

    private static SseException NotAnObject() =>
        SseException.Invalid("invalid_json", null, "The body must be one JSON object, without repeated members and not nested over 64 levels.");
}
