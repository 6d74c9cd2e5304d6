using Microsoft.Data.Sqlite;

namespace HubChat.Server.Storage.Sqlite;

internal static class SqliteErrors
{
    // Of rescode.html, where the binding has no names for them.
    private const int WriteFailed = 778;
    private const int FlushFailed = 1034;
    private const int TruncateFailed = 1546;
    private const int FolderFlushFailed = 1290;

    /// <summary>
    /// The disk did not take what was written. After a failed flush nobody knows what of it is there, and a flush that succeeds next says nothing.
    /// </summary>
    public static bool IsUnwritable(Exception? exception) =>
        Find(exception) is { } failure
        && (failure.SqliteErrorCode == SQLitePCL.raw.SQLITE_READONLY
            || failure.SqliteExtendedErrorCode is WriteFailed or FlushFailed or TruncateFailed or FolderFlushFailed);

    /// <summary>The primary result code behind an exception (sqlite.org/rescode.html); null when SQLite is not the cause.</summary>
    public static int? CodeOf(Exception? exception) => Find(exception)?.SqliteErrorCode;

    private static SqliteException? Find(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is SqliteException sqlite)
            {
                return sqlite;
            }
        }

        return null;
    }
}
