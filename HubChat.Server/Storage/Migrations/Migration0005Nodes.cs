using HubChat.Server.Nodes;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

namespace HubChat.Server.Storage.Migrations;

/// <summary>What nodes that share a database need: to know who lives, and the keys with which ASP.NET Core protects data.</summary>
[DbContext(typeof(ChatDbContext))]
[Migration("0005_Nodes")]
internal sealed class Migration0005Nodes : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable(
            "Nodes",
            table => new
            {
                Id = table.Column<Guid>(),
                Name = table.Column<string>(maxLength: NodeIdentity.MaxNameLength),
                StartedAt = table.Column<DateTime>(),
                LeaseUntil = table.Column<DateTime>(),
            },
            constraints: table => table.PrimaryKey("PK_Nodes", row => row.Id));
        migrationBuilder.CreateTable(
            "DataProtectionKeys",
            table => new
            {
                Id = table.Column<int>()
                    .Annotation("Sqlite:Autoincrement", true)
                    .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                FriendlyName = table.Column<string>(nullable: true),
                Xml = table.Column<string>(nullable: true),
            },
            constraints: table => table.PrimaryKey("PK_DataProtectionKeys", row => row.Id));

        // The lease is its owner's now. Both databases know the statement; what EF makes of dropping a column on SQLite needs a snapshot.
        migrationBuilder.Sql("""ALTER TABLE "Generations" DROP COLUMN "LeaseUntil" """);
    }
}
