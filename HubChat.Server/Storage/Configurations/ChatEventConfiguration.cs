using HubChat.Server.Chats;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace HubChat.Server.Storage.Configurations;

internal sealed class ChatEventConfiguration : IEntityTypeConfiguration<ChatEvent>
{
    public void Configure(EntityTypeBuilder<ChatEvent> builder)
    {
        // The key is the tripwire: two events with one number cannot be stored.
        builder.HasKey(chatEvent => new { chatEvent.ChatId, chatEvent.Seq });
        builder.Property(chatEvent => chatEvent.Seq).ValueGeneratedNever();
        builder.HasOne<Chat>().WithMany().HasForeignKey(chatEvent => chatEvent.ChatId).OnDelete(DeleteBehavior.Cascade);
    }
}
