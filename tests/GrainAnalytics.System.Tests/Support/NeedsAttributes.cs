namespace GrainAnalytics.System.Tests.Support;

/// <summary>A test that mounts a small disk, which only root may.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SmallDiskFactAttribute : FactAttribute
{
    public SmallDiskFactAttribute()
    {
        if (!SmallDisk.IsPossible) Skip = "A disk that can be filled is a tmpfs, and only root may mount one (mount -t tmpfs).";
    }
}

/// <summary>A test in which a server's clock jumps.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FakeTimeFactAttribute : FactAttribute
{
    public FakeTimeFactAttribute()
    {
        if (FakeTime.Library is null) Skip = "A process's clock is moved by libfaketime, which is not installed (apt-get install libfaketime).";
    }
}
