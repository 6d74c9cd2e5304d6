using Spectre.Console;

namespace HubChat.Client.Sample.Live;

/// <summary>The same colour for the same person, on every screen and every day.</summary>
internal static class Palette
{
    private static readonly Color[] People =
    [
        Color.DeepSkyBlue1, Color.Orange1, Color.MediumPurple1, Color.Gold1, Color.HotPink, Color.Turquoise2,
        Color.LightCoral, Color.CornflowerBlue, Color.Salmon1, Color.Plum1,
    ];

    public static readonly Style Assistant = new(Color.Green, decoration: Decoration.Bold);
    public static readonly Style Quiet = new(decoration: Decoration.Dim);
    public static readonly Style Warning = new(Color.Yellow);
    public static readonly Style Error = new(Color.Red);

    public static Style Of(string? userId)
    {
        var hash = 2166136261u;
        foreach (var character in userId ?? "")
        {
            hash = (hash ^ character) * 16777619u;
        }

        return new Style(People[(int)(hash % (uint)People.Length)], decoration: Decoration.Bold);
    }
}
