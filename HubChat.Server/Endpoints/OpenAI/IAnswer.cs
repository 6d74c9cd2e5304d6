namespace HubChat.Server.Endpoints.OpenAI;

/// <summary>An answer while it comes, from a model or from a chat. Disposing it ends the reading; a model's call ends with it.</summary>
internal interface IAnswer : IAsyncDisposable
{
    string Id { get; }

    string Model { get; }

    DateTimeOffset CreatedAt { get; }

    /// <summary>What the last step brought; it may be nothing.</summary>
    IReadOnlyList<DeltaItem> Current { get; }

    /// <summary>Whether <see cref="Current"/> replaces everything before it.</summary>
    bool StartsOver { get; }

    /// <summary>Why it ended; known at the end.</summary>
    string FinishReason { get; }

    /// <summary>What it took; known at the end.</summary>
    UsageItem Usage { get; }

    /// <summary>True: a step was made. False: it has ended. Null: the wait is over, the next call goes on waiting.</summary>
    Task<bool?> MoveNextAsync(TimeSpan wait, CancellationToken cancellationToken);
}
