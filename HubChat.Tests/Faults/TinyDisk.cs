using Xunit;

namespace HubChat.Tests.Faults;

/// <summary>A file system of a few megabytes in memory that a test can fill.</summary>
internal sealed class TinyDisk : IDisposable
{
    private TinyDisk(string folder) => Folder = folder;

    public string Folder { get; }

    private string Filler => Path.Combine(Folder, "filler");

    /// <summary>Needs the right to mount. Where that is missing the test is skipped by name, except where skipping is failing.</summary>
    public static TinyDisk Mount(int megabytes)
    {
        var disk = new TinyDisk(Directory.CreateTempSubdirectory("hubchat-disk-").FullName);
        var refusal = OperatingSystem.IsLinux() ? DiskCommand.Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", disk.Folder) : "It is no Linux.";
        if (refusal is null)
        {
            return disk;
        }

        Directory.Delete(disk.Folder);
        var reason = $"A small file system cannot be mounted here: {refusal}";
        Assert.False(Environment.GetEnvironmentVariable("CI") == "true", reason);
        Assert.Skip(reason);
        return disk;
    }

    /// <summary>Takes all the room there is.</summary>
    public void Fill()
    {
        using var file = new FileStream(Filler, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            var block = new byte[4096];
            while (true)
            {
                file.Write(block);
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }

    public void Free() => File.Delete(Filler);

    public void Dispose()
    {
        // Lazy: whoever still holds a file on it keeps it for that long.
        DiskCommand.Run("umount", "-l", Folder);
        Directory.Delete(Folder, recursive: true);
    }
}
