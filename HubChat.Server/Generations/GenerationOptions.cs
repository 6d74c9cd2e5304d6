using System.ComponentModel.DataAnnotations;
using HubChat.Server.Models;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Generations;

/// <summary>Limits and timers of replies.</summary>
internal sealed class GenerationOptions
{
    public const string Section = "Generation";

    /// <summary>Replies that this server writes at once.</summary>
    [Range(1, 10_000)]
    public int MaxRunning { get; set; } = 64;

    /// <summary>Silence of the model before its first text.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "01:00:00")]
    public TimeSpan FirstTokenTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Silence of the model between two pieces of text.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "01:00:00")]
    public TimeSpan TokenTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>A whole reply.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "1.00:00:00")]
    public TimeSpan TotalTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>The three of them, for models that have none of their own.</summary>
    public ModelTimers Timers => new(FirstTokenTimeout, TokenTimeout, TotalTimeout);

    /// <summary>Longest reply in UTF-16 units; there it is cut.</summary>
    [Range(1, 10_000_000)]
    public int MaxOutputLength { get; set; } = 256 * 1_024;

    /// <summary>How much text, at most, a crash can cost.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "00:00:01")]
    public TimeSpan CheckpointInterval { get; set; } = TimeSpan.FromMilliseconds(800);

    /// <summary>Text that comes faster than this is joined. The first text is never held.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:00.05")]
    public TimeSpan DeltaWindow { get; set; } = TimeSpan.FromMilliseconds(25);

    /// <summary>Attempts at a reply whose server died, the first one included.</summary>
    [Range(1, 10)]
    public int MaxAttempts { get; set; } = 2;

    /// <summary>A reply that began longer ago than this is closed instead of begun anew.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan RestartWithin { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often waiting and orphaned replies are looked for, besides being told.</summary>
    [Range(typeof(TimeSpan), "00:00:00.05", "00:01:00")]
    public TimeSpan SweepInterval { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a model may take to propose a title.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan TitleTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How long a title that belongs to a reply is waited for before the reply's readers are let go.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan TitleWait { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Replies are claimed and taken over several at a time: a node that dies may leave many, and their readers wait.</summary>
    public static ParallelOptions ManyAtOnce(CancellationToken cancellationToken) =>
        new() { MaxDegreeOfParallelism = 8, CancellationToken = cancellationToken };
}

[OptionsValidator]
internal sealed partial class GenerationOptionsValidator : IValidateOptions<GenerationOptions>;
