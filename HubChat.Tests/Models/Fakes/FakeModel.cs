namespace HubChat.Tests.Models.Fakes;

/// <summary>A model that a fake server has.</summary>
internal sealed record FakeModel(string Name, int ContextTokens = 8192, params string[] Capabilities);
