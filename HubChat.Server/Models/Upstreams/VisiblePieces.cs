using Microsoft.Extensions.AI;

namespace HubChat.Server.Models.Upstreams;

/// <summary>What of an answer somebody may have seen.</summary>
internal static class VisiblePieces
{
    extension(ChatResponseUpdate update)
    {
        /// <summary>Whether it carries anything besides bookkeeping.</summary>
        public bool IsVisible => update.FinishReason is not null || update.Contents.Any(content => content switch
        {
            TextContent text => text.Text.Length > 0,
            TextReasoningContent reasoning => reasoning.Text.Length > 0,
            UsageContent => false,
            _ => true,
        });
    }
}
