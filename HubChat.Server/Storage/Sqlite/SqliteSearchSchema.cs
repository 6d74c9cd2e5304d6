namespace HubChat.Server.Storage.Sqlite;

/// <summary>
/// The index of words in SQLite (sqlite.org/fts5.html). It holds words and no texts. Its rows have numbers of their own: those that SQLite gives
/// to messages change when a backup is made with VACUUM.
/// </summary>
internal static class SqliteSearchSchema
{
    // How far a text is indexed is SearchWords.MaxTextLength; what was indexed once must be taken out by the same rule for ever.
    private const string Old = """replace(old."ChatId", '-', ''), substr(old."Text", 1, 65536)""";
    private const string Now = """replace("ChatId", '-', ''), substr("Text", 1, 65536)""";

    private const string Forget = $"""
        INSERT INTO "MessageWords" ("MessageWords", rowid, "Chat", "Text")
            SELECT 'delete', "Number", {Old} FROM "MessageNumbers" WHERE "MessageId" = old."Id";
        DELETE FROM "MessageNumbers" WHERE "MessageId" = old."Id";
        """;

    private const string Learn = $"""
        INSERT INTO "MessageNumbers" ("MessageId")
            SELECT "Id" FROM "Messages" WHERE "Id" = new."Id" AND "State" NOT IN ('Queued', 'Running') AND "DeletedAt" IS NULL;
        INSERT INTO "MessageWords" (rowid, "Chat", "Text")
            SELECT "Number", {Now} FROM "MessageNumbers" JOIN "Messages" ON "Id" = "MessageId" WHERE "MessageId" = new."Id";
        """;

    public static readonly IReadOnlyList<string> Statements =
    [
        """CREATE TABLE "MessageNumbers" ("Number" INTEGER NOT NULL CONSTRAINT "PK_MessageNumbers" PRIMARY KEY, "MessageId" TEXT NOT NULL)""",
        """CREATE UNIQUE INDEX "IX_MessageNumbers_MessageId" ON "MessageNumbers" ("MessageId")""",
        """
        CREATE VIRTUAL TABLE "MessageWords" USING fts5(
            "Chat", "Text", content = '', columnsize = 0, tokenize = "unicode61 remove_diacritics 2 categories 'L* Nd'")
        """,

        // Else what is deleted is only marked, and its words stay until their part of the index is merged.
        """INSERT INTO "MessageWords" ("MessageWords", rank) VALUES ('secure-delete', 1)""",
        """
        INSERT INTO "MessageNumbers" ("MessageId")
            SELECT "Id" FROM "Messages" WHERE "State" NOT IN ('Queued', 'Running') AND "DeletedAt" IS NULL ORDER BY "CreatedAt", "Seq"
        """,
        $"""INSERT INTO "MessageWords" (rowid, "Chat", "Text") SELECT "Number", {Now} FROM "MessageNumbers" JOIN "Messages" ON "Id" = "MessageId" ORDER BY "Number" """,

        // The text of a reply changes every second while it is written; it is indexed when it has ended.
        $"""
        CREATE TRIGGER "IndexesNewMessage" AFTER INSERT ON "Messages" WHEN new."State" NOT IN ('Queued', 'Running') BEGIN
        {Learn}
        END
        """,
        $"""
        CREATE TRIGGER "IndexesChangedMessage" AFTER UPDATE OF "Text", "State", "DeletedAt" ON "Messages"
        WHEN old."State" NOT IN ('Queued', 'Running') OR new."State" NOT IN ('Queued', 'Running') BEGIN
        {Forget}
        {Learn}
        END
        """,
        $"""
        CREATE TRIGGER "ForgetsDeletedMessage" AFTER DELETE ON "Messages" BEGIN
        {Forget}
        END
        """,
    ];
}
