using System.Diagnostics.Metrics;

namespace GrainAnalytics.Testing;

/// <summary>Meters that nobody listens to.</summary>
public sealed class TestMeters : IMeterFactory
{
    public Meter Create(MeterOptions options) => new(options.Name);

    public void Dispose()
    {
    }
}
