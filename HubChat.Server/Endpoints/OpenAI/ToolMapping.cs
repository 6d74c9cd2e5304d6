using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.AI;

namespace HubChat.Server.Endpoints.OpenAI;

/// <summary>Functions that a model may want called, and their calls. This server calls none of them.</summary>
internal static partial class ToolMapping
{
    public const string NameRule = "A name must be 1 to 64 letters, digits, underscores and hyphens.";
    private const int MaxTools = 128;
    private static readonly JsonElement NoParameters = JsonElement.Parse("""{"type":"object","properties":{}}""");

    public static bool IsName(string? name) => name is not null && Name().IsMatch(name);

    public static List<AITool>? ToTools(this IReadOnlyList<ToolRequest?>? tools)
    {
        RequestMapping.Require(tools is null or { Count: > 0 and <= MaxTools }, "tools", $"tools must hold 1 to {MaxTools} tools.");
        List<AITool>? functions = tools is null ? null : [.. tools.Select((tool, index) => tool.ToTool($"tools[{index}]"))];
        RequestMapping.Require(
            functions is null || functions.DistinctBy(function => function.Name).Count() == functions.Count, "tools", "Two tools must not have the same name.");
        return functions;
    }

    public static ChatToolMode? ToToolMode(this JsonElement? choice, IReadOnlyList<AITool>? tools)
    {
        if (choice is not { } chosen)
        {
            return null;
        }

        RequestMapping.Require(tools is not null, "tool_choice", "tool_choice needs tools.");
        if (chosen.ValueKind is JsonValueKind.Object)
        {
            var named = OpenAIJson.Read<ToolRequest>(chosen, "tool_choice");
            RequestMapping.Require(named.Type == "function", "tool_choice.type", "tool_choice.type must be function.");
            RequestMapping.Require(
                tools!.Any(tool => tool.Name == named.Function?.Name), "tool_choice.function.name", "tool_choice must name one of the tools.");
            return ChatToolMode.RequireSpecific(named.Function!.Name!);
        }

        return OpenAIJson.Read<string>(chosen, "tool_choice") switch
        {
            "auto" => ChatToolMode.Auto,
            "none" => ChatToolMode.None,
            "required" => ChatToolMode.RequireAny,
            _ => throw OpenAIException.Invalid("tool_choice", "tool_choice must be auto, none, required or a function."),
        };
    }

    public static FunctionCallContent ToCall(this ToolCallRequest? call, string path)
    {
        RequestMapping.Require(call?.Type is "function", $"{path}.type", "The type of a tool call must be function.");
        RequestMapping.Require(call!.Id is { Length: > 0 }, $"{path}.id", "A tool call needs an id.");
        return call.Function.ToCall(call.Id, $"{path}.function");
    }

    /// <param name="call">The call.</param>
    /// <param name="id">Its id; null for a call of before tools, which its function's name identifies.</param>
    /// <param name="path">Where it stands.</param>
    public static FunctionCallContent ToCall(this FunctionCallRequest? call, string? id, string path)
    {
        RequestMapping.Require(IsName(call?.Name), $"{path}.name", NameRule);
        return new FunctionCallContent(id ?? call!.Name!, call!.Name!, ToArguments(call.Arguments, $"{path}.arguments"));
    }

    public static ToolCallItem ToItem(this FunctionCallContent call, int index) => new(
        index,
        call.CallId is { Length: > 0 } id ? id : $"call_{Guid.CreateVersion7():N}",
        new FunctionCallItem(call.Name, call.Arguments is { } arguments ? JsonSerializer.Serialize(arguments, OpenAIJson.Options) : "{}"));

    private static AIFunctionDeclaration ToTool(this ToolRequest? tool, string path)
    {
        RequestMapping.Require(tool?.Type is "function", $"{path}.type", "The type of a tool must be function.");
        RequestMapping.Require(IsName(tool!.Function?.Name), $"{path}.function.name", NameRule);
        var parameters = tool.Function!.Parameters ?? NoParameters;
        RequestMapping.Require(parameters.ValueKind is JsonValueKind.Object, $"{path}.function.parameters", "parameters must be a schema, an object.");
        return AIFunctionFactory.CreateDeclaration(tool.Function.Name!, tool.Function.Description, parameters);
    }

    /// <summary>OpenAI has arguments as a text that holds JSON; nothing at all stands for none.</summary>
    private static Dictionary<string, object?>? ToArguments(string? text, string path)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, object?>>(text, OpenAIJson.Options);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw OpenAIException.Invalid(path, "The arguments of a function must be a text that holds a JSON object.");
        }
    }

    [GeneratedRegex("^[a-zA-Z0-9_-]{1,64}\\z")]
    private static partial Regex Name();
}
