namespace HubChat.Server.Storage.Sqlite;

/// <summary>The write-ahead log as a file (sqlite.org/fileformat2.html, section 4).</summary>
internal static class SqliteLog
{
    public const string Suffix = "-wal";
}
