using HubChat.Server.Usage;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace HubChat.Server.Storage.Migrations;

/// <summary>What models use and cost, and when a refused reply may be asked for again.</summary>
[DbContext(typeof(ChatDbContext))]
[Migration("0002_Models")]
internal sealed class Migration0002Models : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<Guid>("KeyId", "Generations", nullable: true);
        migrationBuilder.AddColumn<DateTime>("RetryAt", "Messages", nullable: true);
        migrationBuilder.CreateTable(
            "Ledger",
            table => new
            {
                Id = table.Column<Guid>(),
                Kind = table.Column<string>(maxLength: 32),
                GenerationId = table.Column<Guid>(),
                Attempt = table.Column<int>(),
                AskerId = table.Column<Guid>(),
                KeyId = table.Column<Guid>(nullable: true),
                ChatId = table.Column<Guid>(nullable: true),
                Model = table.Column<string>(maxLength: 200, nullable: true),
                InputTokens = table.Column<long>(),
                OutputTokens = table.Column<long>(),
                IsEstimate = table.Column<bool>(),
                CostNanos = table.Column<long>(),
                State = table.Column<string>(maxLength: 32),
                ErrorCode = table.Column<string>(maxLength: 64, nullable: true),
                AskedAt = table.Column<DateTime>(),
                EndedAt = table.Column<DateTime>(),
                Day = table.Column<DateOnly>(),
                DurationMs = table.Column<long>(),
                FirstTokenMs = table.Column<long>(nullable: true),
                UpstreamRequestId = table.Column<string>(maxLength: LedgerEntry.MaxRequestIdLength, nullable: true),
            },
            constraints: table => table.PrimaryKey("PK_Ledger", row => row.Id));
        migrationBuilder.CreateIndex("IX_Ledger_AskerId_Day", "Ledger", ["AskerId", "Day"]);
        migrationBuilder.CreateIndex("IX_Ledger_Day", "Ledger", "Day");
        migrationBuilder.CreateIndex("IX_Ledger_EndedAt", "Ledger", "EndedAt");
    }
}
