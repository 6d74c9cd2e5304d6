using HubChat.Server.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace HubChat.Server.Storage.Configurations;

internal sealed class NodeConfiguration : IEntityTypeConfiguration<Node>
{
    public void Configure(EntityTypeBuilder<Node> builder)
    {
        builder.HasKey(node => node.Id);
        builder.Property(node => node.Id).ValueGeneratedNever();
        builder.Property(node => node.Name).HasMaxLength(NodeIdentity.MaxNameLength);
    }
}
