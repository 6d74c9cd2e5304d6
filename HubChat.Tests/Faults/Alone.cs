using Xunit;

namespace HubChat.Tests.Faults;

/// <summary>Tests that measure the memory of this process, which every other test running meanwhile would add to.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
