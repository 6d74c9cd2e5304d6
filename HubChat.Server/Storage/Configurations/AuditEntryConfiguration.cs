using System.Security.Cryptography;
using HubChat.Server.Audit;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace HubChat.Server.Storage.Configurations;

internal sealed class AuditEntryConfiguration : IEntityTypeConfiguration<AuditEntry>
{
    public void Configure(EntityTypeBuilder<AuditEntry> builder)
    {
        // The key is the tripwire: two lines with one number cannot be stored. No line refers to another table, whose rows may go.
        builder.ToTable("Audit");
        builder.HasKey(entry => entry.Seq);
        builder.Property(entry => entry.Seq).ValueGeneratedNever();
        builder.Property(entry => entry.Action).HasMaxLength(AuditEntry.MaxActionLength);
        builder.Property(entry => entry.Detail).HasMaxLength(AuditEntry.MaxDetailLength);
        builder.Property(entry => entry.PreviousHash).HasMaxLength(SHA256.HashSizeInBytes);
        builder.Property(entry => entry.Hash).HasMaxLength(SHA256.HashSizeInBytes);
    }
}
