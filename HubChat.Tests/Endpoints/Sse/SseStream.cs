using System.Text;

namespace HubChat.Tests.Endpoints.Sse;

/// <summary>A stream that is being read, line by line as the standard says, and strictly: what is no frame of the contract fails.</summary>
internal sealed class SseStream(HttpResponseMessage response, Stream body) : IAsyncDisposable
{
    private readonly StreamReader _reader = new(body, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));

    public HttpResponseMessage Response => response;

    /// <summary>Comments that have come.</summary>
    public int Pings { get; private set; }

    /// <summary>The next frame; null at the end of the response.</summary>
    public async Task<SseFrame?> NextAsync(CancellationToken cancellationToken)
    {
        var lines = new List<string>();
        while (await _reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.Length > 0)
            {
                lines.Add(line);
                continue;
            }

            if (lines is [": ping"])
            {
                Pings++;
                lines.Clear();
                continue;
            }

            return ToFrame(lines);
        }

        return lines.Count == 0 ? null : throw new InvalidDataException($"The response ends within a frame: {string.Join('|', lines)}");
    }

    /// <summary>All frames that are left, [DONE] with them.</summary>
    public async Task<List<SseFrame>> RestAsync(CancellationToken cancellationToken)
    {
        var frames = new List<SseFrame>();
        while (await NextAsync(cancellationToken) is { } frame)
        {
            frames.Add(frame);
        }

        return frames;
    }

    /// <summary>The next frames up to the first of a kind.</summary>
    public async Task<List<SseFrame>> UntilAsync(char kind, CancellationToken cancellationToken)
    {
        var frames = new List<SseFrame>();
        do
        {
            frames.Add(await NextAsync(cancellationToken) ?? throw new InvalidDataException($"The response ended before a frame {kind}."));
        }
        while (frames[^1].Kind != kind);
        return frames;
    }

    public ValueTask DisposeAsync()
    {
        response.Dispose();
        return ValueTask.CompletedTask;
    }

    private static SseFrame ToFrame(List<string> lines)
    {
        var raw = string.Join('\n', lines);
        var (name, id) = (default(string), default(string));
        foreach (var line in lines.Take(lines.Count - 1))
        {
            switch (line.Split(": ", 2))
            {
                case ["event", var value] when name is null && id is null:
                    name = value;
                    break;
                case ["id", var value] when id is null:
                    id = value;
                    break;
                default:
                    throw new InvalidDataException($"No line of a frame: {line}");
            }
        }

        return lines.Count > 0 && lines[^1].StartsWith("data: ", StringComparison.Ordinal)
            ? new SseFrame(raw, name, id, lines[^1]["data: ".Length..])
            : throw new InvalidDataException($"No frame: {raw}");
    }
}
