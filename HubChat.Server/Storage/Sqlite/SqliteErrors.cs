using Microsoft.Data.Sqlite;

namespace HubChat.Server.Storage.Sqlite;

internal static class SqliteErrors
{
    /// <summary>The primary result code behind an exception (sqlite.org/rescode.html); null when SQLite is not the cause.</summary>
    public static int? CodeOf(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is SqliteException sqlite)
            {
                return sqlite.SqliteErrorCode;
            }
        }

        return null;
    }
}
