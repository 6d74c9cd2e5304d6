using HubChat.Tests.App;

namespace HubChat.Tests.Endpoints.OpenAI;

/// <summary>Bodies of requests.</summary>
internal static class Bodies
{
    public const string Hello = """{"role":"user","content":"Hello"}""";

    /// <summary>A greeting with further members.</summary>
    /// <param name="members">As written in JSON, such as <c>"stream":true</c>.</param>
    public static string With(string members) => Of(HubChatApp.ModelName, $"[{Hello}]", members);

    /// <summary>A request with these messages.</summary>
    public static string Of(string model, string messages, string members = "") =>
        $$"""{"model":"{{model}}","messages":{{messages}}{{(members.Length > 0 ? "," + members : "")}}}""";
}
