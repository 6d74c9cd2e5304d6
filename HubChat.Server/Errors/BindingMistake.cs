namespace HubChat.Server.Errors;

/// <summary>What the binding of options says when a value does not fit, or names an option that there is not.</summary>
internal static class BindingMistake
{
    /// <summary>The sentence that names the option: the innermost one, the others only say that there is one.</summary>
    public static string Of(InvalidOperationException exception) =>
        exception.InnerException is InvalidOperationException inner ? Of(inner) : exception.Message;
}
