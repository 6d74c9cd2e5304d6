using System.Security.Cryptography;
using HubChat.Server.Audit;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace HubChat.Server.Storage.Migrations;

/// <summary>The audit log, and accounts that can be locked.</summary>
[DbContext(typeof(ChatDbContext))]
[Migration("0003_Audit")]
internal sealed class Migration0003Audit : Migration
{
    private const string Sqlite = "Microsoft.EntityFrameworkCore.Sqlite";

    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<DateTime>("LockedAt", "Users", nullable: true);
        migrationBuilder.CreateTable(
            "Audit",
            table => new
            {
                Seq = table.Column<long>(),
                At = table.Column<DateTime>(),
                ActorId = table.Column<Guid>(nullable: true),
                Action = table.Column<string>(maxLength: AuditEntry.MaxActionLength),
                SubjectId = table.Column<Guid>(nullable: true),
                Detail = table.Column<string>(maxLength: AuditEntry.MaxDetailLength, nullable: true),
                PreviousHash = table.Column<byte[]>(maxLength: SHA256.HashSizeInBytes),
                Hash = table.Column<byte[]>(maxLength: SHA256.HashSizeInBytes),
            },
            constraints: table => table.PrimaryKey("PK_Audit", row => row.Seq));

        // A mistake of ours cannot change what is written. Whoever owns the file can take this off; then the chain tells.
        if (migrationBuilder.ActiveProvider == Sqlite)
        {
            migrationBuilder.Sql("CREATE TRIGGER AuditRefusesUpdate BEFORE UPDATE ON Audit BEGIN SELECT RAISE(ABORT, 'Audit is append-only.'); END");
            migrationBuilder.Sql("CREATE TRIGGER AuditRefusesDelete BEFORE DELETE ON Audit BEGIN SELECT RAISE(ABORT, 'Audit is append-only.'); END");
        }
        else
        {
            migrationBuilder.Sql("""
                CREATE FUNCTION "AuditRefuses"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'Audit is append-only.'; END $$;
                CREATE TRIGGER "AuditRefusesChange" BEFORE UPDATE OR DELETE OR TRUNCATE ON "Audit" EXECUTE FUNCTION "AuditRefuses"();
                """);
        }
    }
}
