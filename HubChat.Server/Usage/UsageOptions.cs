using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Usage;

/// <summary>How much of the models somebody may use, at all doors together. Of several limits that apply the tightest counts.</summary>
internal sealed class UsageOptions
{
    public const string Section = "Usage";

    /// <summary>Each person.</summary>
    [ValidateObjectMembers]
    public RunningAllowance User { get; set; } = new();

    /// <summary>Each chat, whoever asks in it. One reply runs in a chat at a time.</summary>
    [ValidateObjectMembers]
    public Allowance Chat { get; set; } = new();

    /// <summary>Each API key, beside what its person may use.</summary>
    [ValidateObjectMembers]
    public RunningAllowance Key { get; set; } = new();
}

/// <summary>What one person, chat or key may use. 0 means no limit.</summary>
internal class Allowance
{
    /// <summary>Replies asked for in any 60 seconds.</summary>
    [Range(0, 1_000_000_000)]
    public int RequestsPerMinute { get; set; } = 600;

    /// <summary>Replies asked for in any 24 hours.</summary>
    [Range(0, 1_000_000_000)]
    public int RequestsPerDay { get; set; } = 20_000;

    /// <summary>Tokens read and written in any 60 seconds.</summary>
    [Range(0, 1_000_000_000_000)]
    public long TokensPerMinute { get; set; } = 2_000_000;

    /// <summary>Tokens read and written in any 24 hours.</summary>
    [Range(0, 1_000_000_000_000)]
    public long TokensPerDay { get; set; } = 50_000_000;

    /// <summary>Longest answer in tokens.</summary>
    [Range(0, 10_000_000)]
    public int MaxOutputTokens { get; set; }

    /// <summary>Longest conversation that a model is given, in tokens, its answer included.</summary>
    [Range(0, 100_000_000)]
    public int MaxContextTokens { get; set; }
}

/// <summary>With a limit on what runs at once.</summary>
internal sealed class RunningAllowance : Allowance
{
    /// <summary>Answers that are written at once. Further replies in chats wait, further calls of the OpenAI-compatible endpoint are refused.</summary>
    [Range(0, 100_000)]
    public int Running { get; set; } = 8;
}

[OptionsValidator]
internal sealed partial class UsageOptionsValidator : IValidateOptions<UsageOptions>;
