using System.Text.Json.Serialization;

namespace HubChat.Server.Endpoints.Hubs;

/// <summary>An answer that may hold many texts. Something waits for it: not for its being made, but for its having been written to the client.</summary>
internal abstract record LargeAnswer
{
    /// <summary>The leave to make it.</summary>
    [JsonIgnore]
    public IDisposable? Leave { get; set; }

    public virtual void Written() => Leave?.Dispose();
}
