namespace GrainAnalytics.Grains.Placement;

/// <summary>The silos that are active, as this one knows; told of every change.</summary>
internal sealed class SiloView : ISiloStatusListener
{
    private readonly ISiloStatusOracle _oracle;
    private volatile SiloAddress[] _active = [];

    public SiloView(ISiloStatusOracle oracle)
    {
        _oracle = oracle;
        oracle.SubscribeToSiloStatusEvents(this);
        Read();
    }

    /// <summary>This silo.</summary>
    public SiloAddress Mine => _oracle.SiloAddress;

    /// <summary>Active silos; never empty: this one counts while it starts and while it stops.</summary>
    public SiloAddress[] Active => _active;

    /// <inheritdoc/>
    public void SiloStatusChangeNotification(SiloAddress updatedSilo, SiloStatus status) => Read();

    private void Read()
    {
        var active = _oracle.GetActiveSilos();
        _active = active.Length > 0 ? active : [_oracle.SiloAddress];
    }
}
