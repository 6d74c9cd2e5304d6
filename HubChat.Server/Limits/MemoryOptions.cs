using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Limits;

/// <summary>How much of the memory may be used.</summary>
internal sealed class MemoryOptions
{
    public const string Section = "Memory";

    /// <summary>Of what .NET may use: from here on no answer is made that may be large, and no hub connection is taken.</summary>
    [Range(10, 95)]
    public int TightAtPercent { get; set; } = 60;

    /// <summary>Of what .NET may use, for each answer with many texts that may be made at once; further ones wait.</summary>
    [Range(1 << 20, 1L << 40)]
    public long BytesPerAnswer { get; set; } = 32 * 1_024 * 1_024;
}

[OptionsValidator]
internal sealed partial class MemoryOptionsValidator : IValidateOptions<MemoryOptions>;
