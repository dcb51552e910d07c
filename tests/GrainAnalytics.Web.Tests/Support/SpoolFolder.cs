namespace GrainAnalytics.Web.Tests.Support;

/// <summary>A new folder for a spool. In memory where there is such a place: the spool gives up a disk after a second and a half, and one that others use too may
/// take longer.</summary>
internal static class SpoolFolder
{
    private const string Memory = "/dev/shm";

    public static string New() => Path.Combine(Directory.Exists(Memory) ? Memory : Path.GetTempPath(), $"spool-{Guid.NewGuid():N}");
}
