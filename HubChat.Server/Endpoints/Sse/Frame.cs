namespace HubChat.Server.Endpoints.Sse;

/// <summary>An event of a stream.</summary>
/// <param name="Name">What stands in its <c>event</c> line; null for none.</param>
/// <param name="Data">One line of JSON.</param>
internal readonly record struct Frame(string? Name, byte[] Data)
{
    private const string Encoding = "delta_encoding";
    private const string DeltaName = "delta";

    /// <summary>How deltas are written in this stream.</summary>
    public static readonly Frame DeltaEncoding = new(Encoding, SseJson.Write("v1"));

    public static Frame Of<T>(T data) => new(Name: null, SseJson.Write(data));

    public static Frame Delta<T>(T data) => new(DeltaName, SseJson.Write(data));
}
