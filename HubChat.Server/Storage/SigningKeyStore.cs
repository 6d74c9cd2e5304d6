using HubChat.Server.Identity.Signing;
using Microsoft.EntityFrameworkCore;

namespace HubChat.Server.Storage;

internal sealed class SigningKeyStore(IDatabaseWriter writer, IDbContextFactory<ChatDbContext> contexts) : ISigningKeyStore
{
    public async Task<IReadOnlyList<SigningKey>> ListAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.SigningKeys.AsNoTracking().OrderByDescending(key => key.CreatedAt).ToListAsync(cancellationToken);
    }

    public Task AddAsync(SigningKey key, Guid? newest, CancellationToken cancellationToken) =>
        writer.WriteAsync(
            async db =>
            {
                await db.LockAsync(WriteLock.SigningKeys);
                var known = await db.SigningKeys.OrderByDescending(other => other.CreatedAt).FirstOrDefaultAsync(CancellationToken.None);
                if (known?.Id == newest)
                {
                    db.SigningKeys.Add(key);
                }

                return await db.SaveChangesAsync(CancellationToken.None);
            },
            cancellationToken);

    public Task RemoveAsync(IReadOnlyCollection<Guid> keys, CancellationToken cancellationToken) =>
        writer.WriteAsync(
            db => db.SigningKeys.Where(key => keys.Contains(key.Id)).ExecuteDeleteAsync(CancellationToken.None),
            cancellationToken);
}
