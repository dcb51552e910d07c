namespace GrainAnalytics.Grains.Placement;

/// <summary>The silos that are active, as this one knows.</summary>
internal sealed class SiloView(ISiloStatusOracle oracle)
{
    private readonly SiloAddress[] _alone = [oracle.SiloAddress];

    /// <summary>This silo.</summary>
    public SiloAddress Mine => oracle.SiloAddress;

    /// <summary>Active silos; never empty: this one counts while it starts and while it stops.</summary>
    public SiloAddress[] Active => oracle.GetActiveSilos() is { Length: > 0 } active ? active : _alone;
}
