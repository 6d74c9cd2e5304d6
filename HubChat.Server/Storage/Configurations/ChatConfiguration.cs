using HubChat.Server.Chats;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace HubChat.Server.Storage.Configurations;

internal sealed class ChatConfiguration : IEntityTypeConfiguration<Chat>
{
    public void Configure(EntityTypeBuilder<Chat> builder)
    {
        builder.HasKey(chat => chat.Id);
        builder.Property(chat => chat.Id).ValueGeneratedNever();
        builder.Property(chat => chat.Title).HasMaxLength(Chat.MaxTitleLength);
        builder.Property(chat => chat.Model).HasMaxLength(200);
        builder.Property(chat => chat.SystemPrompt).HasMaxLength(Chat.MaxSystemPromptLength);
        builder.Ignore(chat => chat.EffectiveAssistant);
        builder.HasIndex(chat => chat.OwnerId);
    }
}
