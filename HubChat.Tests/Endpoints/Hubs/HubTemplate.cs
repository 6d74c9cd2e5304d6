namespace HubChat.Tests.Endpoints.Hubs;

/// <summary>A call that would be right, to be made wrong in every way.</summary>
/// <param name="Method">The hub method.</param>
/// <param name="Members">The members of its request and their JSON, or its arguments.</param>
/// <param name="Required">How many of them, from the first, must be given.</param>
internal sealed record HubTemplate(string Method, (string Name, string Json)[] Members, int Required)
{
    private static readonly string[] Foreign = ["surprise", "seq", "role", "ownerId", "createdAt", "ChatId", "__proto__"];

    /// <summary>Whether there is one argument, an object.</summary>
    public bool IsRequest { get; init; } = true;

    /// <summary>The faults of this call by name, each with the arguments that have it. All of them are <c>invalid_request</c>.</summary>
    public Dictionary<string, string> Faults()
    {
        var faults = new Dictionary<string, string>
        {
            ["too many arguments"] = IsRequest ? $"[{Text(Members)},1]" : Text([.. Members, ("", "1")]),
        };
        if (Members.Length > 0)
        {
            faults["no arguments"] = "[]";
        }

        foreach (var member in Members)
        {
            faults[$"{member.Name} of a wrong type"] = With(member.Name, "[{}]");
            faults[$"{member.Name} too deep"] = With(member.Name, new string('[', 33) + new string(']', 33));
            if (member.Json.StartsWith("\"$", StringComparison.Ordinal))
            {
                AddSpellings(faults, member.Name, member.Json.Trim('"'));
            }
        }

        foreach (var (name, _) in Members.Take(Required))
        {
            faults[$"{name} null"] = With(name, "null");
            if (IsRequest)
            {
                faults[$"{name} missing"] = $"[{Text([.. Members.Where(member => member.Name != name)])}]";
            }
        }

        if (IsRequest)
        {
            AddMembers(faults);
        }

        return faults;
    }

    private void AddMembers(Dictionary<string, string> faults)
    {
        foreach (var name in Foreign.Except(Members.Select(member => member.Name)))
        {
            faults[$"unknown member {name}"] = $"[{Text([.. Members, (name, "1")])}]";
        }

        foreach (var member in Members.Take(1))
        {
            faults["a member twice"] = $"[{Text([.. Members, member])}]";
            faults["a member twice, once escaped"] = $"[{Text([.. Members, ($"\\u{(int)member.Name[0]:x4}{member.Name[1..]}", member.Json)])}]";
        }

        faults["null"] = "[null]";
        faults["a list"] = "[[]]";
        faults["a text"] = "[\"x\"]";
    }

    // $id is put in when the call is made, so what stands around it stays. The other spellings are of some id.
    private void AddSpellings(Dictionary<string, string> faults, string member, string id)
    {
        const string Some = "01920000-0000-7000-8000-0000000000ab";
        foreach (var spelling in new[]
                 {
                     $"{{{id}}}", $"({id})", $" {id}", $"{id} ", $"channel:{id}", $"{id}/", $"%7B{id}", "",
                     Some.Replace("-", "", StringComparison.Ordinal), Some.Replace('0', '０'), Some.Replace('-', '_'), Some[..^1], Some + "0",
                 })
        {
            faults[$"{member} spelled '{spelling}'"] = With(member, $"\"{spelling}\"");
        }

        faults[$"{member} as a number"] = With(member, "17");
    }

    private string With(string name, string json)
    {
        var text = Text([.. Members.Select(member => member.Name == name ? (name, json) : member)]);
        return IsRequest ? $"[{text}]" : text;
    }

    private string Text((string Name, string Json)[] members) => IsRequest
        ? $"{{{string.Join(',', members.Select(member => $"\"{member.Name}\":{member.Json}"))}}}"
        : $"[{string.Join(',', members.Select(member => member.Json))}]";
}
