using System.Runtime.CompilerServices;
using HubChat.Server.Ids;
using HubChat.Server.Usage;
using Microsoft.EntityFrameworkCore;

namespace HubChat.Server.Storage;

internal sealed class LedgerStore(IDatabaseWriter writer, IDbContextFactory<ChatDbContext> contexts) : ILedger
{
    public Task AddAsync(LedgerEntry entry, CancellationToken cancellationToken) =>
        writer.WriteAsync(
            async db =>
            {
                db.Ledger.Add(entry);
                return await db.SaveChangesAsync(CancellationToken.None);
            },
            cancellationToken);

    public async Task<IReadOnlyList<UsageSum>> SumAsync(UsageQuery query, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var entries = db.Ledger.Where(entry => entry.Day >= query.From && entry.Day <= query.To);
        if (query.User is { } user)
        {
            entries = entries.Where(entry => entry.AskerId == user);
        }

        // Grouped in two queries: neither database takes a part of the key that is sometimes nothing.
        var sums = query.ByUser
            ? await entries.GroupBy(entry => new { entry.Day, entry.Model, entry.AskerId })
                .Select(group => new Sum(
                    group.Key.Day, group.Key.Model, group.Key.AskerId, group.LongCount(), group.Sum(entry => entry.InputTokens),
                    group.Sum(entry => entry.OutputTokens), group.Sum(entry => entry.CostNanos)))
                .ToListAsync(cancellationToken)
            : await entries.GroupBy(entry => new { entry.Day, entry.Model })
                .Select(group => new Sum(
                    group.Key.Day, group.Key.Model, null, group.LongCount(), group.Sum(entry => entry.InputTokens),
                    group.Sum(entry => entry.OutputTokens), group.Sum(entry => entry.CostNanos)))
                .ToListAsync(cancellationToken);
        var people = sums.Select(sum => sum.UserId).OfType<UserId>().Distinct().ToList();
        var names = await db.Users.Where(person => people.Contains(person.Id))
            .ToDictionaryAsync(person => person.Id, person => person.UserName, cancellationToken);
        return
        [
            .. sums.OrderByDescending(sum => sum.Day).ThenBy(sum => sum.Model, StringComparer.Ordinal).Take(query.Max).Select(sum => new UsageSum(
                sum.Day, sum.Model, sum.UserId, sum.UserId is { } id ? names.GetValueOrDefault(id) : null, sum.Calls, sum.InputTokens, sum.OutputTokens,
                sum.CostNanos)),
        ];
    }

    public async IAsyncEnumerable<PastCall> ReadSinceAsync(DateTimeOffset since, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var calls = db.Ledger.Where(entry => entry.EndedAt > since)
            .Select(entry => new
            {
                entry.AskerId,
                entry.KeyId,
                entry.ChatId,
                entry.AskedAt,
                entry.EndedAt,
                Tokens = entry.InputTokens + entry.OutputTokens,
                entry.Kind,
                entry.Attempt,
            });
        await foreach (var call in calls.AsAsyncEnumerable().WithCancellation(cancellationToken))
        {
            // One question may have several attempts and a title; it was counted once.
            yield return new PastCall(
                new UsageSubject(call.AskerId, call.KeyId, call.ChatId), call.AskedAt, call.EndedAt, call.Tokens,
                IsRequest: call.Kind is not CallKind.Title && call.Attempt <= 1);
        }
    }

    private sealed record Sum(DateOnly Day, string? Model, UserId? UserId, long Calls, long InputTokens, long OutputTokens, long CostNanos);
}
