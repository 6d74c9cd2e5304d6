using HubChat.Client.Sample.State;

namespace HubChat.Tests.Client;

internal static class ChatStateDescription
{
    /// <summary>All that two equal states must agree on, and that a failing test should show.</summary>
    public static string Describe(this ChatState state) => string.Join('\n', state.Messages.Values
        .Select(message => $"{message.Seq} {message.Role} {message.State} [{message.Text}] {message.DeletedAt}")
        .Prepend($"{state.Seq} {state.Chat?.Title}"));
}
