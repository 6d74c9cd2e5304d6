namespace HubChat.Server.Diagnostics;

/// <summary>The system's clock as every database can keep it: PostgreSQL has no finer instants, and what is answered now is read again later.</summary>
internal sealed class WholeMicroseconds : TimeProvider
{
    public override DateTimeOffset GetUtcNow()
    {
        var now = System.GetUtcNow();
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
    }
}
