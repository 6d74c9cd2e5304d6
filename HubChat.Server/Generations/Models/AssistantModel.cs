using Microsoft.Extensions.AI;

namespace HubChat.Server.Generations.Models;

/// <summary>A model that chats can choose. Registered as a service; the first one registered is the default.</summary>
/// <param name="Name">What chats call it.</param>
/// <param name="Client">How it is called.</param>
/// <param name="ContextTokens">How much it reads.</param>
/// <param name="MaxOutputTokens">How much of that is kept free for the answer.</param>
/// <param name="WritesTitles">Whether it is worth asking for a title.</param>
internal sealed record AssistantModel(string Name, IChatClient Client, int ContextTokens, int MaxOutputTokens, bool WritesTitles);
