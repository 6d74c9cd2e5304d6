using HubChat.Server.Chats;
using HubChat.Server.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace HubChat.Server.Storage.Configurations;

internal sealed class KeptRequestConfiguration : IEntityTypeConfiguration<KeptRequest>
{
    public void Configure(EntityTypeBuilder<KeptRequest> builder)
    {
        builder.HasKey(kept => new { kept.UserId, kept.Key });
        builder.Property(kept => kept.Key).HasMaxLength(RequestKey.MaxLength);
        builder.Property(kept => kept.RequestHash).HasMaxLength(32);
        builder.HasIndex(kept => kept.CreatedAt);
        builder.HasOne<User>().WithMany().HasForeignKey(kept => kept.UserId).OnDelete(DeleteBehavior.Cascade);
    }
}
