using System.ComponentModel.DataAnnotations;
using HubChat.Server.Identity;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Models;

/// <summary>The assistant's models. Models may be added, changed and taken away while the server runs.</summary>
internal sealed class AssistantOptions
{
    public const string Section = "Assistant";

    /// <summary>The model of chats that name none; empty means the first one.</summary>
    [MaxLength(ModelOptions.MaxNameLength)]
    public string DefaultModel { get; set; } = "";

    /// <summary>What every model is told first.</summary>
    [MaxLength(8_000)]
    public string SystemPrompt { get; set; } = "You are the assistant in a chat. Answer helpfully and briefly. Use Markdown where it helps.";

    /// <summary>Words a second of the demo model; people read about four.</summary>
    [Range(1, 10_000)]
    public int DemoWordsPerSecond { get; set; } = 25;

    /// <summary>The models that are offered, in this order.</summary>
    [ValidateEnumeratedItems]
    public IReadOnlyList<ModelOptions> Models { get; set; } = [];

    /// <summary>The base URL of an Ollama server. With no <see cref="Models"/> listed, all chat models it has are offered.</summary>
    [MaxLength(2_000)]
    public string Ollama { get; set; } = "";

    /// <summary>How often an Ollama server is asked which models it has.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan OllamaRefresh { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>The context given to models found on an Ollama server, in tokens, unless they can take less. More needs more memory there.</summary>
    [Range(512, 10_000_000)]
    public int OllamaContextTokens { get; set; } = 8_192;

    /// <summary>Calls that one model server is given at once.</summary>
    [Range(1, 10_000)]
    public int MaxRunningPerUpstream { get; set; } = 32;

    /// <summary>Calls that wait for one model server; more are refused.</summary>
    [Range(0, 100_000)]
    public int MaxWaitingPerUpstream { get; set; } = 256;
}

/// <summary>One model.</summary>
internal sealed class ModelOptions
{
    public const int MaxNameLength = 200;

    /// <summary>What chats call it.</summary>
    [Required]
    [MaxLength(MaxNameLength)]
    public string Name { get; set; } = "";

    [EnumDataType(typeof(ModelProvider))]
    public ModelProvider Provider { get; set; } = ModelProvider.OpenAI;

    /// <summary>Where its server is, such as <c>http://127.0.0.1:11434</c> or <c>https://api.openai.com/v1</c>; nothing for the demo model.</summary>
    [MaxLength(2_000)]
    public string BaseUrl { get; set; } = "";

    /// <summary>What the server calls it; empty means <see cref="Name"/>.</summary>
    [MaxLength(MaxNameLength)]
    public string Model { get; set; } = "";

    /// <summary>From the environment or user secrets, never from appsettings.json.</summary>
    [MaxLength(4_000)]
    public string ApiKey { get; set; } = "";

    /// <summary>How much it reads, its own answer included.</summary>
    [Range(256, 100_000_000)]
    public int ContextTokens { get; set; } = 8_192;

    /// <summary>Its longest answer.</summary>
    [Range(1, 10_000_000)]
    public int MaxOutputTokens { get; set; } = 2_048;

    /// <summary>Who may use it; empty means everybody.</summary>
    public IReadOnlyList<UserRole> Roles { get; set; } = [];

    /// <summary>Price of a million tokens.</summary>
    [ValidateObjectMembers]
    public PriceOptions Price { get; set; } = new();

    /// <summary>Its own timers, where they differ from those of <c>Generation</c>.</summary>
    [ValidateObjectMembers]
    public TimeoutOptions Timeouts { get; set; } = new();

    /// <summary>Whether its host name may lead to an address of this machine or of a private network. An address written as such may anyway.</summary>
    public bool AllowLocal { get; set; }

    /// <summary>How long Ollama keeps it loaded, such as <c>10m</c>; empty leaves it to the server.</summary>
    [MaxLength(20)]
    [RegularExpression(@"-?\d+(ns|us|ms|s|m|h)?")]
    public string KeepAlive { get; set; } = "";

    /// <summary>Whether Ollama is to have it think, apart from the answer.</summary>
    public bool Thinks { get; set; }

    /// <summary>Whether it is asked for titles of chats.</summary>
    public bool WritesTitles { get; set; } = true;
}

/// <summary>The price of a million tokens, in any one currency.</summary>
internal sealed class PriceOptions
{
    [Range(0, 1_000_000)]
    public decimal Input { get; set; }

    [Range(0, 1_000_000)]
    public decimal Output { get; set; }
}

/// <summary>How long a model may be silent.</summary>
internal sealed class TimeoutOptions
{
    /// <summary>Before its first text.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "01:00:00")]
    public TimeSpan? FirstToken { get; set; }

    /// <summary>Between two pieces.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "01:00:00")]
    public TimeSpan? Token { get; set; }

    /// <summary>The whole answer.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "1.00:00:00")]
    public TimeSpan? Total { get; set; }
}

/// <summary>What speaks to a model.</summary>
internal enum ModelProvider
{
    Demo,
    Ollama,
    OpenAI,
}

[OptionsValidator]
internal sealed partial class AssistantOptionsValidator : IValidateOptions<AssistantOptions>;
