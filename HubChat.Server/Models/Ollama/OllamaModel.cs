namespace HubChat.Server.Models.Ollama;

/// <summary>A model that Ollama has.</summary>
/// <param name="Name">With its tag, such as llama3.2:latest.</param>
/// <param name="Capabilities">Such as completion, tools, thinking, vision; empty when Ollama does not say.</param>
internal sealed record OllamaModel(string Name, IReadOnlyList<string> Capabilities);

/// <summary>What Ollama knows of one model.</summary>
/// <param name="ContextTokens">How much it was trained to read; null when Ollama does not say.</param>
/// <param name="Capabilities">Such as completion, tools, thinking, vision; empty when Ollama does not say.</param>
internal sealed record OllamaModelDetails(int? ContextTokens, IReadOnlyList<string> Capabilities)
{
    public bool Thinks => Capabilities.Contains("thinking");
}
