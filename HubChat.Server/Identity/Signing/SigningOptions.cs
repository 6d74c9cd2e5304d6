using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Identity.Signing;

/// <summary>The keys that sign tokens.</summary>
internal sealed class SigningOptions
{
    public const string Section = "Signing";

    /// <summary>After this a new key signs. The old one is kept for a day more: so long what it has signed can be valid.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "3650.00:00:00")]
    public TimeSpan KeyLifetime { get; set; } = TimeSpan.FromDays(30);
}

[OptionsValidator]
internal sealed partial class SigningOptionsValidator : IValidateOptions<SigningOptions>;
