namespace HubChat.Server.Models;

/// <summary>What the server itself asks of models.</summary>
internal static class ModelRequests
{
    /// <summary>Asks for the title of what follows.</summary>
    public const string Title =
        "Write a title of at most six words, in the language of this conversation, for what follows. Answer with the title alone.";

    /// <summary>Asks a model to go on with its answer, which stands before it.</summary>
    public const string Continue = "Your answer broke off. Go on exactly where it ends, without repeating anything and without a remark about it.";
}
