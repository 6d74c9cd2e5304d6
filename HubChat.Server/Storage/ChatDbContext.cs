using HubChat.Server.Audit;
using HubChat.Server.Chats;
using HubChat.Server.Identity;
using HubChat.Server.Identity.Signing;
using HubChat.Server.Ids;
using HubChat.Server.Nodes;
using HubChat.Server.Usage;
using Microsoft.AspNetCore.DataProtection.EntityFrameworkCore;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;

namespace HubChat.Server.Storage;

/// <summary>Everything that is durable.</summary>
internal sealed class ChatDbContext(DbContextOptions<ChatDbContext> options)
    : IdentityUserContext<User, UserId>(options), IDataProtectionKeyContext
{
    public DbSet<Session> Sessions => Set<Session>();

    public DbSet<Chat> Chats => Set<Chat>();

    public DbSet<Participant> Participants => Set<Participant>();

    public DbSet<Message> Messages => Set<Message>();

    public DbSet<ChatEvent> Events => Set<ChatEvent>();

    public DbSet<Generation> Generations => Set<Generation>();

    public DbSet<KeptRequest> KeptRequests => Set<KeptRequest>();

    public DbSet<SigningKey> SigningKeys => Set<SigningKey>();

    public DbSet<LedgerEntry> Ledger => Set<LedgerEntry>();

    public DbSet<AuditEntry> Audit => Set<AuditEntry>();

    public DbSet<Node> Nodes => Set<Node>();

    public DbSet<DataProtectionKey> DataProtectionKeys => Set<DataProtectionKey>();

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        Convert<ChatId>(configurationBuilder);
        Convert<MessageId>(configurationBuilder);
        Convert<GenerationId>(configurationBuilder);
        Convert<UserId>(configurationBuilder);
        Convert<SessionId>(configurationBuilder);
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UtcConverter>();
        configurationBuilder.Properties<Enum>().HaveConversion<string>().HaveMaxLength(32);
        configurationBuilder.Properties<SessionScopes>().HaveConversion<int>();
        configurationBuilder.Properties<IReadOnlyList<int>>().HaveConversion<NumbersConverter, NumbersComparer>();
        configurationBuilder.Properties<EventData>().HaveConversion<EventDataConverter>();
    }

    protected override void OnModelCreating(ModelBuilder builder)
    {
        base.OnModelCreating(builder);
        builder.ApplyConfigurationsFromAssembly(typeof(ChatDbContext).Assembly);
    }

    private static void Convert<TId>(ModelConfigurationBuilder builder)
        where TId : struct, ITypedId<TId> => builder.Properties<TId>().HaveConversion<TypedIdConverter<TId>>();
}
