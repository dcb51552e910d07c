using GrainAnalytics.Core.Counters;
using GrainAnalytics.Core.Engine;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Journeys;
using GrainAnalytics.Core.Sessions;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Spool;

namespace GrainAnalytics.Cli.Spool;

/// <summary>An engine whose verdicts are counted.</summary>
internal sealed class CountingEngine(IAnalyticsEngine inner) : IAnalyticsEngine
{
    private long _stored, _duplicates;

    /// <summary>Events that it stored.</summary>
    public long Stored => Interlocked.Read(ref _stored);

    /// <summary>Events that were stored before.</summary>
    public long Duplicates => Interlocked.Read(ref _duplicates);

    public string Name => inner.Name;

    public int Silos => inner.Silos;

    public BufferStatus Buffer => inner.Buffer;

    public SpoolStatus? Spool => inner.Spool;

    public async ValueTask<IngestOutcome[]> AppendAsync(Site site, EncodedEvent[] events, CancellationToken cancel)
    {
        var outcomes = await inner.AppendAsync(site, events, cancel);
        Interlocked.Add(ref _stored, outcomes.Count(outcome => outcome == IngestOutcome.Stored));
        Interlocked.Add(ref _duplicates, outcomes.Count(outcome => outcome == IngestOutcome.Duplicate));
        return outcomes;
    }

    public ValueTask<JourneyPage> ReadJourneyAsync(Site site, JourneyQuery query, CancellationToken cancel) => inner.ReadJourneyAsync(site, query, cancel);

    public ValueTask<SessionView?> ReadSessionAsync(Site site, string sessionId, CancellationToken cancel) => inner.ReadSessionAsync(site, sessionId, cancel);

    public ValueTask<DayTotals> ReadDayAsync(Site site, DateOnly day, CancellationToken cancel) => inner.ReadDayAsync(site, day, cancel);
}
