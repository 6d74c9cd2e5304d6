namespace HubChat.Server.Models;

/// <summary>The three timers of a call; each starts when the model's server has taken it.</summary>
/// <param name="FirstToken">Silence before the first piece.</param>
/// <param name="Token">Silence between two pieces.</param>
/// <param name="Total">The whole answer.</param>
internal readonly record struct ModelTimers(TimeSpan FirstToken, TimeSpan Token, TimeSpan Total)
{
    /// <summary>With those that a model has of its own.</summary>
    public ModelTimers With(ModelTimeouts own) => new(own.FirstToken ?? FirstToken, own.Token ?? Token, own.Total ?? Total);
}
