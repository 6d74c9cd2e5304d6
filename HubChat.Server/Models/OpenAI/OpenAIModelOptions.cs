namespace HubChat.Server.Models.OpenAI;

/// <summary>What a compatible server must be told besides the request itself.</summary>
/// <param name="Thinks">Whether the model takes <c>reasoning_effort</c>.</param>
/// <param name="UsesMaxCompletionTokens">
/// Whether the limit is called <c>max_completion_tokens</c>, as newer models of OpenAI demand, or <c>max_tokens</c>, which is all that most
/// compatible servers know. Null chooses by the host.
/// </param>
internal sealed record OpenAIModelOptions(bool Thinks = false, bool? UsesMaxCompletionTokens = null);
