using System.Collections.Concurrent;
using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace HubChat.Tests.Faults;

/// <summary>Counts how often events or messages of each chat are read from the database.</summary>
internal sealed class CatchUpReads : DbCommandInterceptor
{
    private readonly ConcurrentDictionary<string, int> _reads = new();

    public void Clear() => _reads.Clear();

    public int Of(string chatId) => _reads.GetValueOrDefault(chatId);

    public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
        DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
    {
        var sql = command.CommandText;
        if (sql.StartsWith("SELECT", StringComparison.Ordinal)
            && (sql.Contains("FROM \"Events\"", StringComparison.Ordinal) || sql.Contains("FROM \"Messages\"", StringComparison.Ordinal)))
        {
            foreach (DbParameter parameter in command.Parameters)
            {
                if (parameter.Value is Guid id)
                {
                    _reads.AddOrUpdate(id.ToString(), 1, (_, count) => count + 1);
                }
            }
        }

        return ValueTask.FromResult(result);
    }
}
