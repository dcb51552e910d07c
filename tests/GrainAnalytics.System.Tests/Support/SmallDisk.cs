namespace GrainAnalytics.System.Tests.Support;

/// <summary>A disk of a few megabytes.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("grain-analytics-disk-");

    private SmallDisk()
    {
    }

    /// <summary>True when this user may mount one here.</summary>
    public static bool IsPossible { get; } = Try();

    /// <summary>Where it is mounted.</summary>
    public string Path => _folder.FullName;

    /// <summary>Mounts one.</summary>
    public static async Task<SmallDisk> MountAsync(int megabytes)
    {
        var disk = new SmallDisk();
        await Shell.RunAsync("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", disk.Path);
        return disk;
    }

    public async ValueTask DisposeAsync()
    {
        await Shell.RunAsync("umount", "--lazy", Path);
        _folder.Delete(recursive: true);
    }

    private static bool Try()
    {
        var folder = Directory.CreateTempSubdirectory("grain-analytics-disk-");
        var isMounted = OperatingSystem.IsLinux() && Shell.Succeeds("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder.FullName);
        if (isMounted) Shell.Succeeds("umount", folder.FullName);
        folder.Delete();
        return isMounted;
    }
}
