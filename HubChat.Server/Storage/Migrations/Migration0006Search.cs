using HubChat.Server.Storage.Postgres;
using HubChat.Server.Storage.Sqlite;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace HubChat.Server.Storage.Migrations;

/// <summary>
/// The index of words. It is the database's own, not the model's: each has its kind of index, kept by triggers, so that a text and what
/// finds it are written, and erased, by the same transaction.
/// </summary>
[DbContext(typeof(ChatDbContext))]
[Migration("0006_Search")]
internal sealed class Migration0006Search : Migration
{
    private const string Sqlite = "Microsoft.EntityFrameworkCore.Sqlite";

    protected override void Up(MigrationBuilder migrationBuilder)
    {
        foreach (var statement in migrationBuilder.ActiveProvider == Sqlite ? SqliteSearchSchema.Statements : PostgresSearchSchema.Statements)
        {
            migrationBuilder.Sql(statement);
        }
    }
}
