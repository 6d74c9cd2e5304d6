using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Nodes;

/// <summary>How nodes that share a database notice that one is gone.</summary>
internal sealed class NodeOptions
{
    public const string Section = "Nodes";

    /// <summary>How long a node is believed alive without saying so. The replies of one that is not are taken over.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>How often a node says that it lives.</summary>
    public TimeSpan RenewEvery => Lease / 4;
}

[OptionsValidator]
internal sealed partial class NodeOptionsValidator : IValidateOptions<NodeOptions>;
