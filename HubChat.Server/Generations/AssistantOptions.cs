using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Generations;

/// <summary>The assistant's models.</summary>
internal sealed class AssistantOptions
{
    public const string Section = "Assistant";

    /// <summary>The model of chats that name none; empty means the first one.</summary>
    [MaxLength(200)]
    public string DefaultModel { get; set; } = "";

    /// <summary>What every model is told first.</summary>
    [MaxLength(8_000)]
    public string SystemPrompt { get; set; } = "You are the assistant in a chat. Answer helpfully and briefly. Use Markdown where it helps.";

    /// <summary>Words a second of the demo model; people read about four.</summary>
    [Range(1, 10_000)]
    public int DemoWordsPerSecond { get; set; } = 25;
}

[OptionsValidator]
internal sealed partial class AssistantOptionsValidator : IValidateOptions<AssistantOptions>;
