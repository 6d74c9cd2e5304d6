using HubChat.Server.Storage;
using HubChat.Tests.Postgres;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Xunit;

namespace HubChat.Tests.Storage;

/// <summary>
/// Migrations are written by hand. This is what keeps them from drifting away from the model. The index of words is the database's own and has
/// no part in the model.
/// </summary>
public sealed class SchemaTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Migrated_schema_is_the_schema_of_the_model()
    {
        var migrated = await SchemaAsync(db => db.Database.MigrateAsync(Token));
        var modelled = await SchemaAsync(db => db.Database.EnsureCreatedAsync(Token));
        Assert.NotEmpty(modelled);
        Assert.Equal(modelled, migrated);
    }

    [Fact]
    public async Task Migrated_schema_is_the_schema_of_the_model_on_PostgreSQL()
    {
        var migrated = await PostgresSchemaAsync(db => db.Database.MigrateAsync(Token));
        var modelled = await PostgresSchemaAsync(db => db.Database.EnsureCreatedAsync(Token));
        Assert.NotEmpty(modelled);
        Assert.Equal(modelled, migrated);
    }

    private static async Task<IReadOnlyList<string>> PostgresSchemaAsync(Func<ChatDbContext, Task> create)
    {
        var options = new DbContextOptionsBuilder<ChatDbContext>()
            .UseNpgsql(await SharedPostgres.CreateDatabaseAsync())
            .ConfigureWarnings(warnings => warnings.Ignore(RelationalEventId.PendingModelChangesWarning))
            .Options;
        await using var db = new ChatDbContext(options);
        await create(db);
        return
        [
            .. await db.Database.SqlQuery<string>($"""
                SELECT concat_ws(' | ', table_name, column_name, data_type, character_maximum_length, is_nullable, column_default, is_identity) AS "Value"
                FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '\_\_EF%' AND table_name <> 'MessageWords' ORDER BY 1
                """).ToListAsync(Token),
            .. await db.Database.SqlQuery<string>($"""
                SELECT concat_ws(' | ', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS "Value"
                FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text NOT LIKE '%\_\_EF%'
                    AND conrelid::regclass::text <> '"MessageWords"' ORDER BY 1
                """).ToListAsync(Token),
            .. await db.Database.SqlQuery<string>($"""
                SELECT indexdef AS "Value" FROM pg_indexes WHERE schemaname = 'public' AND tablename NOT LIKE '\_\_EF%' AND tablename <> 'MessageWords' ORDER BY 1
                """).ToListAsync(Token),
        ];
    }

    private static async Task<IReadOnlyList<string>> SchemaAsync(Func<ChatDbContext, Task> create)
    {
        await using var connection = new SqliteConnection("Data Source=:memory:");
        await connection.OpenAsync(Token);
        var options = new DbContextOptionsBuilder<ChatDbContext>()
            .UseSqlite(connection)
            .ConfigureWarnings(warnings => warnings.Ignore(RelationalEventId.PendingModelChangesWarning))
            .Options;
        await using var db = new ChatDbContext(options);
        await create(db);

        var schema = new List<string>();
        foreach (var table in await RowsAsync(connection, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '\\_\\_EF%' ESCAPE '\\' AND name NOT LIKE 'MessageWords%' AND name <> 'MessageNumbers' ORDER BY name"))
        {
            schema.AddRange((await RowsAsync(connection, $"SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_info('{table}') ORDER BY name"))
                .Select(row => $"{table} column {row}"));
            schema.AddRange((await RowsAsync(connection, $"SELECT \"table\", \"from\", \"to\", on_delete FROM pragma_foreign_key_list('{table}') ORDER BY 1, 2"))
                .Select(row => $"{table} references {row}"));
            schema.AddRange((await RowsAsync(
                connection,
                $"SELECT list.name, list.\"unique\", list.partial, (SELECT group_concat(name) FROM pragma_index_info(list.name)) FROM pragma_index_list('{table}') AS list ORDER BY list.name"))
                .Select(row => $"{table} index {row}"));
        }

        return schema;
    }

    private static async Task<IReadOnlyList<string>> RowsAsync(SqliteConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync(Token);
        var rows = new List<string>();
        while (await reader.ReadAsync(Token))
        {
            rows.Add(string.Join(" | ", Enumerable.Range(0, reader.FieldCount).Select(field => reader.GetValue(field))));
        }

        return rows;
    }
}
