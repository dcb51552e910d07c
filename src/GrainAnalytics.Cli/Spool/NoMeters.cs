using System.Diagnostics.Metrics;

namespace GrainAnalytics.Cli.Spool;

/// <summary>Meters that nobody listens to.</summary>
internal sealed class NoMeters : IMeterFactory
{
    public Meter Create(MeterOptions options) => new(options.Name);

    public void Dispose()
    {
    }
}
