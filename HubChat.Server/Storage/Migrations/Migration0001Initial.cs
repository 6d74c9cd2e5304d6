using HubChat.Server.Chats;
using HubChat.Server.Identity;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

namespace HubChat.Server.Storage.Migrations;

/// <summary>Everything of the first version. No column names a type of one database: each derives its own from the CLR type.</summary>
[DbContext(typeof(ChatDbContext))]
[Migration("0001_Initial")]
internal sealed class Migration0001Initial : Migration
{
    private const int EnumLength = 32;
    private const int IdentityNameLength = 256;

    protected override void Up(MigrationBuilder migrationBuilder)
    {
        CreateUsers(migrationBuilder);
        CreateIdentityDetails(migrationBuilder);
        CreateSessions(migrationBuilder);
        CreateChats(migrationBuilder);
        CreateParticipants(migrationBuilder);
        CreateMessages(migrationBuilder);
        CreateEvents(migrationBuilder);
        CreateGenerations(migrationBuilder);
    }

    private static void CreateUsers(MigrationBuilder builder)
    {
        builder.CreateTable(
            "Users",
            table => new
            {
                Id = table.Column<Guid>(),
                DisplayName = table.Column<string>(maxLength: User.MaxDisplayNameLength),
                Role = table.Column<string>(maxLength: EnumLength),
                CreatedAt = table.Column<DateTime>(),
                UserName = table.Column<string>(maxLength: IdentityNameLength, nullable: true),
                NormalizedUserName = table.Column<string>(maxLength: IdentityNameLength, nullable: true),
                Email = table.Column<string>(maxLength: IdentityNameLength, nullable: true),
                NormalizedEmail = table.Column<string>(maxLength: IdentityNameLength, nullable: true),
                EmailConfirmed = table.Column<bool>(),
                PasswordHash = table.Column<string>(nullable: true),
                SecurityStamp = table.Column<string>(nullable: true),
                ConcurrencyStamp = table.Column<string>(nullable: true),
                PhoneNumber = table.Column<string>(nullable: true),
                PhoneNumberConfirmed = table.Column<bool>(),
                TwoFactorEnabled = table.Column<bool>(),
                LockoutEnd = table.Column<DateTime>(nullable: true),
                LockoutEnabled = table.Column<bool>(),
                AccessFailedCount = table.Column<int>(),
            },
            constraints: table => table.PrimaryKey("PK_Users", row => row.Id));
        builder.CreateIndex("EmailIndex", "Users", "NormalizedEmail", unique: true);
        builder.CreateIndex("UserNameIndex", "Users", "NormalizedUserName", unique: true);
    }

    private static void CreateIdentityDetails(MigrationBuilder builder)
    {
        builder.CreateTable(
            "AspNetUserClaims",
            table => new
            {
                Id = table.Column<int>()
                    .Annotation("Sqlite:Autoincrement", true)
                    .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                UserId = table.Column<Guid>(),
                ClaimType = table.Column<string>(nullable: true),
                ClaimValue = table.Column<string>(nullable: true),
            },
            constraints: table =>
            {
                table.PrimaryKey("PK_AspNetUserClaims", row => row.Id);
                table.ForeignKey("FK_AspNetUserClaims_Users_UserId", row => row.UserId, "Users", "Id", onDelete: ReferentialAction.Cascade);
            });
        builder.CreateIndex("IX_AspNetUserClaims_UserId", "AspNetUserClaims", "UserId");

        builder.CreateTable(
            "AspNetUserLogins",
            table => new
            {
                LoginProvider = table.Column<string>(),
                ProviderKey = table.Column<string>(),
                ProviderDisplayName = table.Column<string>(nullable: true),
                UserId = table.Column<Guid>(),
            },
            constraints: table =>
            {
                table.PrimaryKey("PK_AspNetUserLogins", row => new { row.LoginProvider, row.ProviderKey });
                table.ForeignKey("FK_AspNetUserLogins_Users_UserId", row => row.UserId, "Users", "Id", onDelete: ReferentialAction.Cascade);
            });
        builder.CreateIndex("IX_AspNetUserLogins_UserId", "AspNetUserLogins", "UserId");

        builder.CreateTable(
            "AspNetUserTokens",
            table => new
            {
                UserId = table.Column<Guid>(),
                LoginProvider = table.Column<string>(),
                Name = table.Column<string>(),
                Value = table.Column<string>(nullable: true),
            },
            constraints: table =>
            {
                table.PrimaryKey("PK_AspNetUserTokens", row => new { row.UserId, row.LoginProvider, row.Name });
                table.ForeignKey("FK_AspNetUserTokens_Users_UserId", row => row.UserId, "Users", "Id", onDelete: ReferentialAction.Cascade);
            });
    }

    private static void CreateSessions(MigrationBuilder builder)
    {
        builder.CreateTable(
            "Sessions",
            table => new
            {
                Id = table.Column<Guid>(),
                UserId = table.Column<Guid>(),
                Kind = table.Column<string>(maxLength: EnumLength),
                TokenHash = table.Column<byte[]>(maxLength: 32),
                Name = table.Column<string>(maxLength: Session.MaxNameLength),
                Prefix = table.Column<string>(maxLength: 16, nullable: true),
                Scopes = table.Column<int>(),
                CreatedAt = table.Column<DateTime>(),
                LastUsedAt = table.Column<DateTime>(nullable: true),
                ExpiresAt = table.Column<DateTime>(nullable: true),
            },
            constraints: table =>
            {
                table.PrimaryKey("PK_Sessions", row => row.Id);
                table.ForeignKey("FK_Sessions_Users_UserId", row => row.UserId, "Users", "Id", onDelete: ReferentialAction.Cascade);
            });
        builder.CreateIndex("IX_Sessions_TokenHash", "Sessions", "TokenHash", unique: true);
        builder.CreateIndex("IX_Sessions_UserId", "Sessions", "UserId");
    }

    private static void CreateChats(MigrationBuilder builder)
    {
        builder.CreateTable(
            "Chats",
            table => new
            {
                Id = table.Column<Guid>(),
                Title = table.Column<string>(maxLength: Chat.MaxTitleLength),
                TitleSource = table.Column<string>(maxLength: EnumLength),
                OwnerId = table.Column<Guid>(),
                Assistant = table.Column<string>(maxLength: EnumLength),
                Model = table.Column<string>(maxLength: 200, nullable: true),
                SystemPrompt = table.Column<string>(maxLength: Chat.MaxSystemPromptLength, nullable: true),
                Temperature = table.Column<double>(nullable: true),
                WhoMayStop = table.Column<string>(maxLength: EnumLength),
                LastSeq = table.Column<long>(),
                HeadId = table.Column<Guid>(nullable: true),
                ParticipantCount = table.Column<int>(),
                CreatedAt = table.Column<DateTime>(),
                ActivityAt = table.Column<DateTime>(),
            },
            constraints: table => table.PrimaryKey("PK_Chats", row => row.Id));
        builder.CreateIndex("IX_Chats_OwnerId", "Chats", "OwnerId");
    }

    private static void CreateParticipants(MigrationBuilder builder)
    {
        builder.CreateTable(
            "Participants",
            table => new
            {
                ChatId = table.Column<Guid>(),
                UserId = table.Column<Guid>(),
                Role = table.Column<string>(maxLength: EnumLength),
                JoinedSeq = table.Column<long>(),
                ReadSeq = table.Column<long>(),
                Pinned = table.Column<bool>(),
                Archived = table.Column<bool>(),
            },
            constraints: table =>
            {
                table.PrimaryKey("PK_Participants", row => new { row.ChatId, row.UserId });
                table.ForeignKey("FK_Participants_Chats_ChatId", row => row.ChatId, "Chats", "Id", onDelete: ReferentialAction.Cascade);
                table.ForeignKey("FK_Participants_Users_UserId", row => row.UserId, "Users", "Id", onDelete: ReferentialAction.Cascade);
            });
        builder.CreateIndex("IX_Participants_UserId", "Participants", "UserId");
    }

    private static void CreateMessages(MigrationBuilder builder)
    {
        builder.CreateTable(
            "Messages",
            table => new
            {
                Id = table.Column<Guid>(),
                ChatId = table.Column<Guid>(),
                Seq = table.Column<long>(),
                ChangedSeq = table.Column<long>(),
                Role = table.Column<string>(maxLength: EnumLength),
                AuthorId = table.Column<Guid>(),
                Text = table.Column<string>(),
                State = table.Column<string>(maxLength: EnumLength),
                ParentId = table.Column<Guid>(nullable: true),
                EditOf = table.Column<Guid>(nullable: true),
                ClientMessageId = table.Column<string>(maxLength: ClientMessageIds.MaxLength, nullable: true),
                ClientHash = table.Column<byte[]>(maxLength: 32, nullable: true),
                GenerationId = table.Column<Guid>(nullable: true),
                Model = table.Column<string>(maxLength: 200, nullable: true),
                InputTokens = table.Column<long>(nullable: true),
                OutputTokens = table.Column<long>(nullable: true),
                FinishReason = table.Column<string>(maxLength: 32, nullable: true),
                ErrorCode = table.Column<string>(maxLength: 64, nullable: true),
                StoppedBy = table.Column<Guid>(nullable: true),
                CreatedAt = table.Column<DateTime>(),
                DeletedAt = table.Column<DateTime>(nullable: true),
            },
            constraints: table =>
            {
                table.PrimaryKey("PK_Messages", row => row.Id);
                table.ForeignKey("FK_Messages_Chats_ChatId", row => row.ChatId, "Chats", "Id", onDelete: ReferentialAction.Cascade);
            });
        builder.CreateIndex("IX_Messages_ChatId_Seq", "Messages", ["ChatId", "Seq"], unique: true);
        builder.CreateIndex(
            "IX_Messages_ChatId_AuthorId_ClientMessageId", "Messages", ["ChatId", "AuthorId", "ClientMessageId"], unique: true);
    }

    private static void CreateEvents(MigrationBuilder builder) => builder.CreateTable(
        "Events",
        table => new
        {
            ChatId = table.Column<Guid>(),
            Seq = table.Column<long>(),
            Type = table.Column<string>(maxLength: EnumLength),
            At = table.Column<DateTime>(),
            ActorId = table.Column<Guid>(nullable: true),
            MessageId = table.Column<Guid>(nullable: true),
            GenerationId = table.Column<Guid>(nullable: true),
            SubjectId = table.Column<Guid>(nullable: true),
            Data = table.Column<string>(nullable: true),
        },
        constraints: table =>
        {
            table.PrimaryKey("PK_Events", row => new { row.ChatId, row.Seq });
            table.ForeignKey("FK_Events_Chats_ChatId", row => row.ChatId, "Chats", "Id", onDelete: ReferentialAction.Cascade);
        });

    private static void CreateGenerations(MigrationBuilder builder)
    {
        builder.CreateTable(
            "Generations",
            table => new
            {
                Id = table.Column<Guid>(),
                ChatId = table.Column<Guid>(),
                MessageId = table.Column<Guid>(),
                AskId = table.Column<Guid>(),
                AskerId = table.Column<Guid>(),
                State = table.Column<string>(maxLength: EnumLength),
                QueuedSeq = table.Column<long>(),
                Attempt = table.Column<int>(),
                Owner = table.Column<Guid>(nullable: true),
                LeaseUntil = table.Column<DateTime>(nullable: true),
                Prefix = table.Column<string>(),
                StopRequestedAt = table.Column<DateTime>(nullable: true),
                StopRequestedBy = table.Column<Guid>(nullable: true),
                CreatedAt = table.Column<DateTime>(),
                StartedAt = table.Column<DateTime>(nullable: true),
                EndedAt = table.Column<DateTime>(nullable: true),
            },
            constraints: table =>
            {
                table.PrimaryKey("PK_Generations", row => row.Id);
                table.ForeignKey("FK_Generations_Chats_ChatId", row => row.ChatId, "Chats", "Id", onDelete: ReferentialAction.Cascade);
            });
        builder.CreateIndex("IX_Generations_ChatId_State", "Generations", ["ChatId", "State"]);
        builder.CreateIndex("IX_Generations_State_CreatedAt", "Generations", ["State", "CreatedAt"]);
        builder.CreateIndex("IX_Generations_AskerId_State", "Generations", ["AskerId", "State"]);
        builder.CreateIndex("IX_Generations_AskId", "Generations", "AskId");
    }
}
