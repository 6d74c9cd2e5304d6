using HubChat.Server.Usage;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace HubChat.Server.Storage.Configurations;

/// <summary>No foreign keys: what was spent stays on record when the chat or the account is gone.</summary>
internal sealed class LedgerConfiguration : IEntityTypeConfiguration<LedgerEntry>
{
    public void Configure(EntityTypeBuilder<LedgerEntry> builder)
    {
        builder.ToTable("Ledger");
        builder.HasKey(entry => entry.Id);
        builder.Property(entry => entry.Id).ValueGeneratedNever();
        builder.Property(entry => entry.Model).HasMaxLength(200);
        builder.Property(entry => entry.State).HasMaxLength(32);
        builder.Property(entry => entry.ErrorCode).HasMaxLength(64);
        builder.Property(entry => entry.UpstreamRequestId).HasMaxLength(LedgerEntry.MaxRequestIdLength);
        builder.HasIndex(entry => new { entry.AskerId, entry.Day });
        builder.HasIndex(entry => entry.Day);
        builder.HasIndex(entry => entry.EndedAt);
    }
}
