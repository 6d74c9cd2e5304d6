using HubChat.Server.Chats;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace HubChat.Server.Storage.Configurations;

internal sealed class MessageConfiguration : IEntityTypeConfiguration<Message>
{
    public void Configure(EntityTypeBuilder<Message> builder)
    {
        builder.HasKey(message => message.Id);
        builder.Property(message => message.Id).ValueGeneratedNever();
        builder.Property(message => message.ClientMessageId).HasMaxLength(ClientMessageIds.MaxLength);
        builder.Property(message => message.ExternalId).HasMaxLength(Message.MaxExternalIdLength);
        builder.Property(message => message.ClientHash).HasMaxLength(32);
        builder.Property(message => message.Model).HasMaxLength(200);
        builder.Property(message => message.FinishReason).HasMaxLength(32);
        builder.Property(message => message.ErrorCode).HasMaxLength(64);
        builder.HasIndex(message => new { message.ChatId, message.Seq }).IsUnique();
        builder.HasIndex(message => new { message.ChatId, message.AuthorId, message.ClientMessageId }).IsUnique();
        builder.HasIndex(message => new { message.ChatId, message.ExternalId }).IsUnique();
        builder.HasOne<Chat>().WithMany().HasForeignKey(message => message.ChatId).OnDelete(DeleteBehavior.Cascade);
    }
}
