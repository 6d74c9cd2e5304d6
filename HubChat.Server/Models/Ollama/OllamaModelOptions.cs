namespace HubChat.Server.Models.Ollama;

/// <summary>How Ollama runs a model.</summary>
/// <param name="ContextTokens">Its <c>num_ctx</c>; null leaves it to Ollama.</param>
/// <param name="KeepAlive">How long it stays loaded: a duration such as 30m, or a number of seconds; -1 keeps it. Null leaves it to Ollama.</param>
/// <param name="Thinks">Whether it is one that thinks; others refuse to be asked to.</param>
internal sealed record OllamaModelOptions(int? ContextTokens = null, string? KeepAlive = null, bool Thinks = false);
