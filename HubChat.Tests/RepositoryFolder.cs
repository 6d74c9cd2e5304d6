namespace HubChat.Tests;

/// <summary>The top of the repository: the content root of the server.</summary>
internal static class RepositoryFolder
{
    public static string Path { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "HubChat.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"No HubChat.sln above {AppContext.BaseDirectory}.");
    }
}
