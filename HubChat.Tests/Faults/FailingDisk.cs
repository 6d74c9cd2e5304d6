using Xunit;

namespace HubChat.Tests.Faults;

/// <summary>
/// An ext4 file system in a file, mounted so that its first error makes it read-only: what Linux does by itself when a disk fails. Files that are
/// open for writing stay open, and each write and fsync to them fails. (A read-only remount by hand is refused while there are such files.)
/// </summary>
internal sealed class FailingDisk : IDisposable
{
    private readonly string _image;

    private FailingDisk(string folder) => (Folder, _image) = (folder, $"{folder}.img");

    public string Folder { get; }

    /// <summary>Needs the right to mount and loop devices. Where these are missing the test is skipped by name, except where skipping is failing.</summary>
    public static FailingDisk Mount(int megabytes)
    {
        var disk = new FailingDisk(Directory.CreateTempSubdirectory("hubchat-disk-").FullName);
        using (var image = File.Create(disk._image))
        {
            image.SetLength(megabytes * 1024L * 1024);
        }

        var refusal = OperatingSystem.IsLinux() ? DiskCommand.Run("mkfs.ext4", "-q", disk._image) ?? disk.Mount() ?? disk.Missing() : "It is no Linux.";
        if (refusal is null)
        {
            return disk;
        }

        disk.Dispose();
        var reason = $"A file system that can fail cannot be mounted here: {refusal}";
        Assert.False(Environment.GetEnvironmentVariable("CI") == "true", reason);
        Assert.Skip(reason);
        return disk;
    }

    /// <summary>From now on nothing can be written.</summary>
    public void Fail() => File.WriteAllText(Trigger(), "1");

    /// <summary>What an operator does: the file system is taken out, checked and put back. Nobody may use it meanwhile.</summary>
    public void Repair()
    {
        Assert.Null(DiskCommand.Run("umount", Folder));
        // 1: there was something to mend, and it was.
        DiskCommand.Run("e2fsck", "-p", _image);
        Assert.Null(Mount());
    }

    public void Dispose()
    {
        // Lazy: whoever still holds a file on it keeps it for that long.
        DiskCommand.Run("umount", "-l", Folder);
        Directory.Delete(Folder, recursive: true);
        File.Delete(_image);
    }

    private string? Mount() => DiskCommand.Run("mount", "-o", "loop,errors=remount-ro", _image, Folder);

    private string? Missing() => File.Exists(Trigger()) ? null : "The kernel cannot be asked for an error of ext4.";

    private string Trigger()
    {
        var mount = File.ReadLines("/proc/self/mounts").Select(line => line.Split(' ')).LastOrDefault(parts => parts[1] == Folder);
        return $"/sys/fs/ext4/{Path.GetFileName(mount?[0])}/trigger_fs_error";
    }
}
