namespace GrainAnalytics.Grains.Live;

/// <summary>Who watches says so again and again; what was not said for a while no longer holds. So nothing has to be tidied
/// up after a silo that died.</summary>
public static class LiveLease
{
    /// <summary>How long one word holds.</summary>
    public static readonly TimeSpan Duration = TimeSpan.FromSeconds(15);

    /// <summary>How often it is repeated.</summary>
    public static readonly TimeSpan Renewal = TimeSpan.FromSeconds(4);
}
