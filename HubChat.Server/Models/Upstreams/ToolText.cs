using System.Text.Json;
using Microsoft.Extensions.AI;

namespace HubChat.Server.Models.Upstreams;

/// <summary>What tools were asked and what they answered, as models read and write it.</summary>
internal static class ToolText
{
    // What comes with the abstractions indents, and white space is tokens.
    private static readonly JsonSerializerOptions Compact = new(AIJsonUtilities.DefaultOptions) { WriteIndented = false };

    public static string Of(FunctionResultContent result) => result.Result switch
    {
        null => "",
        string text => text,
        JsonElement { ValueKind: JsonValueKind.String } text => UpstreamJson.Text(text),
        var value => JsonSerializer.Serialize(value, value.GetType(), Compact),
    };

    public static JsonElement ArgumentsOf(FunctionCallContent call) =>
        JsonSerializer.SerializeToElement(call.Arguments ?? new Dictionary<string, object?>(), Compact);

    /// <summary>The arguments of a call; they live on when the document they came from is gone.</summary>
    public static Dictionary<string, object?> ToArguments(JsonElement arguments) =>
        arguments.ValueKind == JsonValueKind.Object
            ? arguments.EnumerateObject().GroupBy(argument => argument.Name).ToDictionary(named => named.Key, named => (object?)named.Last().Value.Clone())
            : [];
}
