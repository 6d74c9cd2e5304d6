using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Unicode;

namespace HubChat.Server.Endpoints.OpenAI;

/// <summary>How JSON is read and written here: unknown members pass, as they do at OpenAI; nothing else is guessed.</summary>
internal static class OpenAIJson
{
    public const int MaxDepth = 64;

    public static readonly JsonSerializerOptions Options = Create(JsonIgnoreCondition.WhenWritingNull);

    /// <summary>For streams that were asked for usage: every chunk then says that it has none yet.</summary>
    public static readonly JsonSerializerOptions WithUsage = Create(JsonIgnoreCondition.Never);

    /// <exception cref="OpenAIException">The body does not fit.</exception>
    /// <exception cref="BadHttpRequestException">It is not JSON, or too long.</exception>
    public static async Task<T> ReadAsync<T>(HttpRequest request, CancellationToken cancellationToken)
        where T : class
    {
        if (!request.HasJsonContentType())
        {
            throw new BadHttpRequestException("Not JSON.", StatusCodes.Status415UnsupportedMediaType);
        }

        try
        {
            return await JsonSerializer.DeserializeAsync<T>(request.Body, Options, cancellationToken)
                ?? throw OpenAIException.Invalid(null, "The body must be an object.");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw Refusal(exception, "");
        }
    }

    /// <summary>Reads a member that may have more than one shape.</summary>
    /// <param name="element">The member.</param>
    /// <param name="path">Where it stands, for a refusal.</param>
    /// <exception cref="OpenAIException">It does not fit.</exception>
    public static T Read<T>(JsonElement element, string path)
        where T : class
    {
        try
        {
            return element.Deserialize<T>(Options) ?? throw OpenAIException.Invalid(path, $"{path} must not be null.");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw Refusal(exception, path);
        }
    }

    private static OpenAIException Refusal(Exception exception, string prefix)
    {
        if (exception.InnerException is JsonException)
        {
            return OpenAIException.Invalid(null, $"The body is not valid JSON, or nested over {MaxDepth} levels.");
        }

        var path = prefix + (exception as JsonException)?.Path?.TrimStart('$');
        var param = path.TrimStart('.') is { Length: > 0 } known ? known : null;
        return OpenAIException.Invalid(
            param,
            $"{param ?? "The body"} does not fit: of the wrong type, given twice, or with a character that cannot be kept (NUL, half a surrogate pair).");
    }

    private static JsonSerializerOptions Create(JsonIgnoreCondition ignore)
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            DefaultIgnoreCondition = ignore,
            MaxDepth = MaxDepth,
            AllowDuplicateProperties = false,
            NumberHandling = JsonNumberHandling.Strict,

            // Letters stay letters; control characters and every line separator are escaped, so that nothing can break a frame.
            Encoder = JavaScriptEncoder.Create(UnicodeRanges.All),
            Converters = { new StorableTextConverter() },
        };
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}
