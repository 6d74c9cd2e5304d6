namespace HubChat.Tests.History;

/// <summary>A broken promise, in a sentence that says where to look.</summary>
internal sealed record Violation(Rule Rule, string? Chat, string? Client, string Sentence)
{
    public override string ToString() => $"{Rule} [{Chat ?? "-"} {Client ?? "-"}] {Sentence}";
}
