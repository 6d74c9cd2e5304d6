using Xunit;

namespace HubChat.Tests.Faults;

/// <summary>Tests that look at the memory of the process run alone: what another test allocates is not what they ask about.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class RunsAlone
{
    public const string Name = "RunsAlone";
}
