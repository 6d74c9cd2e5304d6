namespace HubChat.Tests.Endpoints.Sse;

/// <summary>A server whose clock stands still until a test moves it.</summary>
public sealed class SseClockWorld : SseWorld
{
    public SseClockWorld()
        : this(new ManualTimeProvider())
    {
    }

    private SseClockWorld(ManualTimeProvider time)
        : base(new Dictionary<string, string>(), time) => Time = time;

    internal ManualTimeProvider Time { get; }
}
