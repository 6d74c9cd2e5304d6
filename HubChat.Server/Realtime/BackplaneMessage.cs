using System.Text.Json;
using System.Text.Json.Serialization;
using HubChat.Server.Ids;
using HubChat.Server.Nodes;

namespace HubChat.Server.Realtime;

/// <summary>What one node tells the others. All of it may be lost; what matters is stored, and this only says where to look.</summary>
/// <param name="ChatId">Told to those that follow this chat; null is told to all.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "k")]
[JsonDerivedType(typeof(EventsStored), "events")]
[JsonDerivedType(typeof(EntriesAppended), "entries")]
[JsonDerivedType(typeof(TypingSeen), "typing")]
[JsonDerivedType(typeof(PresenceSeen), "presence")]
[JsonDerivedType(typeof(StopWished), "stop")]
[JsonDerivedType(typeof(ChatGone), "gone")]
[JsonDerivedType(typeof(ChatChanged), "changed")]
[JsonDerivedType(typeof(WorkWaits), "work")]
[JsonDerivedType(typeof(SessionsEnded), "sessions")]
[JsonDerivedType(typeof(PersonChanged), "person")]
internal abstract record BackplaneMessage([property: JsonIgnore] ChatId? ChatId)
{
    /// <summary>Who says it; a node does not listen to itself.</summary>
    [JsonInclude]
    public Guid Sender { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, BackplaneJson.Compact.BackplaneMessage);

    /// <summary>Null when it is not one of ours, or one of a newer node.</summary>
    public static BackplaneMessage? FromJson(string json) => NodeJson.Read(json, BackplaneJson.Compact.BackplaneMessage);
}

/// <summary>A chat has come to this number.</summary>
internal sealed record EventsStored(ChatId Chat, long Seq) : BackplaneMessage(Chat);

/// <summary>Entries of a delta log, in the order of their numbers.</summary>
internal sealed record EntriesAppended(ChatId Chat, GenerationId Generation, long Epoch, long FirstNumber, IReadOnlyList<LogEntry> Entries)
    : BackplaneMessage(Chat);

internal sealed record TypingSeen(ChatId Chat, UserId User, bool Typing) : BackplaneMessage(Chat);

/// <summary>Everybody who watches a chat, with the node where.</summary>
internal sealed record PresenceSeen(ChatId Chat, IReadOnlyList<PresentUser> Present) : BackplaneMessage(Chat)
{
    /// <summary>The people at other nodes than this, each once.</summary>
    public IReadOnlyList<UserId> ElsewhereThan(NodeIdentity node) =>
        [.. Present.Where(there => there.Node != node.Id).Select(there => there.User).Distinct()];
}

/// <summary>A reply that runs somewhere else is to be stopped; the wish is stored.</summary>
internal sealed record StopWished(ChatId Chat, GenerationId Generation) : BackplaneMessage(Chat);

/// <summary>A chat was deleted.</summary>
internal sealed record ChatGone(ChatId Chat) : BackplaneMessage(Chat);

/// <summary>The lists that contain a chat are to be told about it.</summary>
/// <param name="Chat">The chat.</param>
/// <param name="Removed">Who is not in it any more.</param>
internal sealed record ChatChanged(ChatId Chat, IReadOnlyList<UserId> Removed) : BackplaneMessage((ChatId?)null);

/// <summary>A reply waits for any node that has room.</summary>
internal sealed record WorkWaits() : BackplaneMessage((ChatId?)null);

/// <param name="Sessions">Which.</param>
/// <param name="Reason">Why: a name of the sender's.</param>
internal sealed record SessionsEnded(IReadOnlyList<SessionId> Sessions, string Reason) : BackplaneMessage((ChatId?)null);

/// <summary>A person's name, role or account is not as before.</summary>
internal sealed record PersonChanged(UserId User) : BackplaneMessage((ChatId?)null);

/// <summary>Somebody who watches a chat, and where.</summary>
internal sealed record PresentUser(Guid Node, UserId User);

[JsonSerializable(typeof(BackplaneMessage))]
internal sealed partial class BackplaneJson : JsonSerializerContext
{
    public static BackplaneJson Compact { get; } = new(NodeJson.NewOptions());
}
