namespace HubChat.Server.Storage.Postgres;

/// <summary>
/// The index of words in PostgreSQL. It is in a table of its own: an index on the message's text would be written with every piece of a
/// reply, and a column would be read with every message.
/// </summary>
internal static class PostgresSearchSchema
{
    public static readonly IReadOnlyList<string> Statements =
    [
        // Not to_tsvector: it knows addresses, hyphenated words and signed numbers, and knows letters by the database's locale. Words are cut and
        // folded here as SQLite does it (SearchWords), by Unicode where PostgreSQL was built with ICU, and else by the locale. A word longer than
        // an index can hold is left out. How far a text is indexed is SearchWords.MaxTextLength.
        """
        DO $do$ BEGIN EXECUTE format($create$
            CREATE FUNCTION "WordsOf"("chat" uuid, "text" text) RETURNS tsvector LANGUAGE sql STABLE AS $function$
                SELECT array_to_tsvector(array_agg(DISTINCT word)) FROM (
                    SELECT ':' || "chat" AS word
                    UNION ALL
                    SELECT word FROM regexp_split_to_table(
                        translate(
                            lower(normalize(
                                regexp_replace(normalize(regexp_replace(left("text", 65536), '[\u0300-\u036F]+', '', 'g'), NFD), '([A-Za-zſ])[\u0300-\u036F]+', '\1', 'g'),
                                NFC) COLLATE %1$I),
                            'ςſµϐϑϕϖϰϱϵ', 'σsμβθφπκρε'),
                        '[^[:alnum:]]+') AS word
                    WHERE word <> '' AND octet_length(word) <= 2046) AS words
            $function$ $create$,
            CASE WHEN EXISTS (SELECT FROM pg_collation WHERE collname = 'und-x-icu' AND collnamespace = 'pg_catalog'::regnamespace)
                THEN 'und-x-icu' ELSE 'default' END);
        END $do$
        """,
        """
        CREATE TABLE "MessageWords" (
            "MessageId" uuid NOT NULL CONSTRAINT "PK_MessageWords" PRIMARY KEY
                CONSTRAINT "FK_MessageWords_Messages_MessageId" REFERENCES "Messages" ("Id") ON DELETE CASCADE,
            "Words" tsvector NOT NULL)
        """,
        """
        INSERT INTO "MessageWords" SELECT "Id", "WordsOf"("ChatId", "Text") FROM "Messages"
            WHERE "State" NOT IN ('Queued', 'Running') AND "DeletedAt" IS NULL
        """,
        """CREATE INDEX "IX_MessageWords_Words" ON "MessageWords" USING gin ("Words")""",
        """
        CREATE FUNCTION "IndexMessage"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF new."State" IN ('Queued', 'Running') OR new."DeletedAt" IS NOT NULL THEN
                DELETE FROM "MessageWords" WHERE "MessageId" = new."Id";
            ELSE
                INSERT INTO "MessageWords" VALUES (new."Id", "WordsOf"(new."ChatId", new."Text"))
                    ON CONFLICT ("MessageId") DO UPDATE SET "Words" = excluded."Words";
            END IF;
            RETURN NULL;
        END $$
        """,

        // The text of a reply changes every second while it is written; it is indexed when it has ended.
        """
        CREATE TRIGGER "IndexesNewMessage" AFTER INSERT ON "Messages" FOR EACH ROW
            WHEN (new."State" NOT IN ('Queued', 'Running')) EXECUTE FUNCTION "IndexMessage"();
        CREATE TRIGGER "IndexesChangedMessage" AFTER UPDATE OF "Text", "State", "DeletedAt" ON "Messages" FOR EACH ROW
            WHEN (old."State" NOT IN ('Queued', 'Running') OR new."State" NOT IN ('Queued', 'Running')) EXECUTE FUNCTION "IndexMessage"()
        """,
    ];
}
