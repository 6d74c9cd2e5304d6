using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Identity;

/// <summary>Sessions, keys and the cost of passwords.</summary>
internal sealed class AccountOptions
{
    public const string Section = "Accounts";

    /// <summary>A session that is not used for this long ends.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "3650.00:00:00")]
    public TimeSpan Lifetime { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How long an answer of the session table is believed. Ending a session here takes effect at once regardless.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:30")]
    public TimeSpan CacheFor { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long after signing in an administrator may lock people, change roles and kill replies.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "3650.00:00:00")]
    public TimeSpan AdminSignInWithin { get; set; } = TimeSpan.FromHours(12);

    [Range(1, 1_000_000)]
    public int CacheEntries { get; set; } = 20_000;

    /// <summary>Tickets that one server keeps in memory until they are used or a minute old; more are refused.</summary>
    [Range(1, 10_000_000)]
    public int MaxTickets { get; set; } = 20_000;

    /// <summary>API keys one person may have.</summary>
    [Range(1, 10_000)]
    public int MaxKeysPerUser { get; set; } = 50;

    /// <summary>Origins besides the server's own from which a browser may act, such as <c>https://chat.example.com</c>.</summary>
    public IList<string> AllowedOrigins { get; } = [];

    /// <summary>Rounds of PBKDF2-HMAC-SHA512; OWASP's Password Storage Cheat Sheet asks for 210,000 at least.</summary>
    [Range(1_000, 10_000_000)]
    public int PasswordIterations { get; set; } = 210_000;

    /// <summary>Wrong passwords until an account is locked.</summary>
    [Range(1, 1_000)]
    public int MaxFailedPasswords { get; set; } = 5;

    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan LockoutFor { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Passwords hashed at once; 0 means one per processor.</summary>
    [Range(0, 1_000)]
    public int MaxParallelHashes { get; set; }

    /// <summary>Requests that may wait for hashing; more are told to come later.</summary>
    [Range(1, 100_000)]
    public int MaxWaitingHashes { get; set; } = 200;
}

[OptionsValidator]
internal sealed partial class AccountOptionsValidator : IValidateOptions<AccountOptions>;
