using HubChat.Server.Chats;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace HubChat.Server.Storage.Configurations;

internal sealed class GenerationConfiguration : IEntityTypeConfiguration<Generation>
{
    public void Configure(EntityTypeBuilder<Generation> builder)
    {
        builder.HasKey(generation => generation.Id);
        builder.Property(generation => generation.Id).ValueGeneratedNever();
        builder.Property(generation => generation.OpensChat).HasDefaultValue(false);
        builder.Ignore(generation => generation.Epoch);
        builder.Ignore(generation => generation.Origin);
        builder.Ignore(generation => generation.Subject);
        builder.Ignore(generation => generation.LedgerCall);
        builder.HasIndex(generation => new { generation.ChatId, generation.State });
        builder.HasIndex(generation => new { generation.State, generation.CreatedAt });
        builder.HasIndex(generation => new { generation.AskerId, generation.State });
        builder.HasIndex(generation => generation.AskId);
        builder.HasOne<Chat>().WithMany().HasForeignKey(generation => generation.ChatId).OnDelete(DeleteBehavior.Cascade);
    }
}
