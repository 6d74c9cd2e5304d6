using HubChat.Server.Chats;
using HubChat.Server.Identity.Signing;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace HubChat.Server.Storage.Migrations;

/// <summary>What HTTP clients need: ids and parts of their own, wishes for one reply, keys to repeat requests under, keys that sign.</summary>
[DbContext(typeof(ChatDbContext))]
[Migration("0004_Requests")]
internal sealed class Migration0004Requests : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<string>("ExternalId", "Messages", maxLength: Message.MaxExternalIdLength, nullable: true);
        migrationBuilder.AddColumn<string>("PartLengths", "Messages", nullable: true);
        migrationBuilder.CreateIndex("IX_Messages_ChatId_ExternalId", "Messages", ["ChatId", "ExternalId"], unique: true);
        migrationBuilder.AddColumn<double>("Temperature", "Generations", nullable: true);
        migrationBuilder.AddColumn<bool>("OpensChat", "Generations", defaultValue: false);
        migrationBuilder.CreateTable(
            "KeptRequests",
            table => new
            {
                UserId = table.Column<Guid>(),
                Key = table.Column<string>(maxLength: RequestKey.MaxLength),
                RequestHash = table.Column<byte[]>(maxLength: 32),
                ChatId = table.Column<Guid>(),
                MessageId = table.Column<Guid>(),
                CreatedAt = table.Column<DateTime>(),
            },
            constraints: table =>
            {
                table.PrimaryKey("PK_KeptRequests", row => new { row.UserId, row.Key });
                table.ForeignKey("FK_KeptRequests_Users_UserId", row => row.UserId, "Users", "Id", onDelete: ReferentialAction.Cascade);
            });
        migrationBuilder.CreateIndex("IX_KeptRequests_CreatedAt", "KeptRequests", "CreatedAt");
        migrationBuilder.CreateTable(
            "SigningKeys",
            table => new
            {
                Id = table.Column<Guid>(),
                PrivateKey = table.Column<byte[]>(maxLength: SigningKey.MaxLength),
                CreatedAt = table.Column<DateTime>(),
            },
            constraints: table => table.PrimaryKey("PK_SigningKeys", row => row.Id));
    }
}
