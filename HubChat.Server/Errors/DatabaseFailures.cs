using System.Data.Common;

namespace HubChat.Server.Errors;

/// <summary>What the database could not do at the moment, as a refusal. Nothing here depends on which database it is.</summary>
internal static class DatabaseFailures
{
    // PostgreSQL's codes (postgresql.org/docs/current/errcodes-appendix.html).
    private const string DiskFull = "53100";
    private const string InvalidText = "22021";

    /// <summary>
    /// Somebody was faster, waited for us, or was in the way: serialization, deadlock, lock not available, cancelled, unique, idle in a
    /// transaction.
    /// </summary>
    private static readonly HashSet<string> Contention = ["40001", "40P01", "55P03", "57014", "23505", "25P03"];

    /// <summary>The refusal behind an exception; null when it is none, but a fault.</summary>
    public static ChatException? Translate(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (cause is ChatException refusal)
            {
                return refusal;
            }

            if (cause is DbException failure)
            {
                return failure.SqlState switch
                {
                    DiskFull => ChatException.StorageFull(),
                    InvalidText => ChatException.InvalidRequest("A text holds a character that cannot be stored."),
                    { } state when Contention.Contains(state) => ChatException.Busy(),
                    _ => failure.IsTransient ? ChatException.Busy() : null,
                };
            }
        }

        return null;
    }
}
