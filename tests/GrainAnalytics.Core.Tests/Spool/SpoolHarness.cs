using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Spool;
using GrainAnalytics.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace GrainAnalytics.Core.Tests.Spool;

/// <summary>A spool in a folder of its own, which can be closed and opened again, and damaged in between.</summary>
internal sealed class SpoolHarness : IDisposable
{
    private readonly Lock _gate = new();
    private EventSpool? _spool;

    public SpoolHarness(Action<SpoolOptions>? configure = null)
    {
        Options = new SpoolOptions { Path = Path.Combine(Path.GetTempPath(), $"spool-{Guid.NewGuid():N}"), MinFreeBytes = 0 };
        configure?.Invoke(Options);
    }

    public SpoolOptions Options { get; }

    public EventSpool Spool
    {
        get
        {
            // Many may ask for the first time at once.
            lock (_gate) return _spool ??= new EventSpool(Options, new SpoolMetrics(new TestMeters()), TimeProvider.System, NullLogger<EventSpool>.Instance);
        }
    }

    public string[] Files => Directory.Exists(Options.Path) ? [.. Directory.GetFiles(Options.Path!, "*.spool").Order()] : [];
    public string[] Damaged => Directory.Exists(Path.Combine(Options.Path!, "damaged")) ? Directory.GetFiles(Path.Combine(Options.Path!, "damaged")) : [];

    public async Task WriteAsync(int siteId, params EncodedEvent[] events) =>
        Assert.Equal(IngestOutcome.Spooled, await Wait.ForAsync(Spool.AppendAsync(siteId, events), "the spool's answer"));

    /// <summary>Everything a user has in it, as text, sorted.</summary>
    public string[] Read(int siteId, string user) => [.. TestEvents.Describe(Spool.Read(siteId, user)).Order(StringComparer.Ordinal)];

    /// <summary>Ends this run; the next use of <see cref="Spool"/> recovers.</summary>
    public void Close()
    {
        _spool?.Dispose();
        _spool = null;
    }

    public void Dispose()
    {
        Close();
        if (Directory.Exists(Options.Path)) Directory.Delete(Options.Path, recursive: true);
    }
}
