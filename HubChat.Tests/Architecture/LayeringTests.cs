using System.Text.RegularExpressions;
using Xunit;

namespace HubChat.Tests.Architecture;

/// <summary>Data walks one way: a folder knows the folders below it, never the ones above or beside it. Read from the sources.</summary>
public sealed partial class LayeringTests
{
    private static readonly string[] Bottom = ["Ids", "Errors", "Text", "Limits", "Diagnostics"];

    /// <summary>What each folder may know. Endpoints' doors are given by their own folder; what lies in Endpoints itself serves all of them.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Ids"] = [],
        ["Errors"] = [],
        ["Text"] = ["Errors"],
        ["Limits"] = [],
        ["Diagnostics"] = [],
        ["Audit"] = Bottom,
        ["Redis"] = Bottom,
        ["Nodes"] = Bottom,
        ["Realtime"] = [.. Bottom, "Redis", "Nodes"],
        ["Identity"] = [.. Bottom, "Audit", "Redis"],
        ["Usage"] = [.. Bottom, "Identity", "Redis"],
        ["Chats"] = [.. Bottom, "Audit", "Nodes", "Realtime", "Identity", "Usage"],
        ["Models"] = [.. Bottom, "Identity", "Usage", "Chats"],
        ["Generations"] = [.. Bottom, "Audit", "Nodes", "Realtime", "Identity", "Usage", "Chats", "Models"],
        ["Storage"] = [.. Bottom, "Audit", "Nodes", "Realtime", "Identity", "Usage", "Chats", "Generations"],
        ["Endpoints"] = [.. Bottom, "Audit", "Realtime", "Redis", "Identity", "Usage", "Chats", "Models", "Generations"],
        ["Hosting"] = [.. Bottom, "Audit", "Nodes", "Realtime", "Redis", "Identity", "Usage", "Chats", "Models", "Generations", "Storage", "Endpoints"],
    };

    private static string Server => Path.Combine(RepositoryFolder.Path, "HubChat.Server");

    [Fact]
    public void No_arrow_points_up_or_sideways()
    {
        var wrong = new List<string>();
        foreach (var (file, folder) in Sources())
        {
            Assert.True(Allowed.ContainsKey(folder), $"The folder {folder} has no place in the layers. Give it one here.");
            wrong.AddRange(KnownFolders(file)
                .Where(known => known != folder && !Allowed[folder].Contains(known))
                .Select(known => $"{Path.GetRelativePath(Server, file)} knows {known}"));
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public void No_door_knows_another()
    {
        var wrong = new List<string>();
        foreach (var door in Directory.EnumerateDirectories(Path.Combine(Server, "Endpoints")))
        {
            wrong.AddRange(
                from file in Directory.EnumerateFiles(door, "*.cs", SearchOption.AllDirectories)
                from Match other in DoorUse().Matches(File.ReadAllText(file))
                where other.Groups[1].Value != Path.GetFileName(door)
                select $"{Path.GetRelativePath(Server, file)} knows the door {other.Groups[1].Value}");
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public void Only_storage_touches_the_tables()
    {
        var wrong = Sources()
            .Where(source => source.Folder is not ("Storage" or "Hosting") && TableUse().IsMatch(File.ReadAllText(source.File)))
            .Select(source => Path.GetRelativePath(Server, source.File));
        Assert.Empty(wrong);
    }

    [Fact]
    public void Program_only_composes() => Assert.InRange(File.ReadAllLines(Path.Combine(Server, "Program.cs")).Length, 1, 60);

    private static IEnumerable<(string File, string Folder)> Sources() =>
        from folder in Directory.EnumerateDirectories(Server)
        let name = Path.GetFileName(folder)
        where name is not ("bin" or "obj")
        from file in Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
        select (file, name);

    private static IEnumerable<string> KnownFolders(string file) =>
        Use().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value).Distinct();

    [GeneratedRegex(@"^using (?:static )?HubChat\.Server\.(\w+)", RegexOptions.Multiline)]
    private static partial Regex Use();

    [GeneratedRegex(@"HubChat\.Server\.Endpoints\.(\w+)")]
    private static partial Regex DoorUse();

    [GeneratedRegex(@"\bChatDbContext\b|\bDbSet<")]
    private static partial Regex TableUse();
}
