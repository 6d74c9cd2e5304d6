using System.Text;
using HubChat.Server.Models.Upstreams;
using Microsoft.Extensions.AI;

namespace HubChat.Server.Models.OpenAI;

/// <summary>Puts the pieces of tool calls together.</summary>
internal sealed class OpenAIToolCalls(UpstreamCall call)
{
    private const int MaxCalls = 128;
    private const int MaxTextLength = 4 * 1024 * 1024;

    private readonly List<Pending> _calls = [];
    private int _length;

    /// <exception cref="ModelException">They become too many or too long.</exception>
    public void Add(OpenAIToolCallDelta delta)
    {
        var pending = Find(delta);
        if (pending is null)
        {
            _calls.Add(pending = new Pending(delta.Index));
        }

        pending.Id ??= delta.Id is { Length: > 0 } id ? id : null;
        pending.Name.Append(delta.Name);
        pending.Arguments.Append(delta.Arguments);
        _length += (delta.Id?.Length ?? 0) + (delta.Name?.Length ?? 0) + (delta.Arguments?.Length ?? 0);
        if (_calls.Count > MaxCalls || _length > MaxTextLength)
        {
            throw call.Malformed("holds too many or too long tool calls");
        }
    }

    /// <exception cref="ModelException">The arguments of one are no JSON object.</exception>
    public List<AIContent> ToContents() => [.. _calls.Select(ToContent)];

    private Pending? Find(OpenAIToolCallDelta delta) => delta switch
    {
        { Index: { } index } => _calls.Find(pending => pending.Index == index),
        // Servers that number nothing begin each call with an id.
        { Id: { Length: > 0 } id } => _calls.Find(pending => pending.Id == id),
        _ => _calls.LastOrDefault(),
    };

    private FunctionCallContent ToContent(Pending pending)
    {
        var arguments = pending.Arguments.Length == 0 ? "{}" : pending.Arguments.ToString();
        using var document = call.Parse(Encoding.UTF8.GetBytes(arguments));
        return new FunctionCallContent(
            pending.Id ?? $"call_{Guid.NewGuid():N}", pending.Name.ToString(), ToolText.ToArguments(document.RootElement));
    }

    private sealed class Pending(long? index)
    {
        public long? Index => index;

        public string? Id { get; set; }

        public StringBuilder Name { get; } = new();

        public StringBuilder Arguments { get; } = new();
    }
}
