using GrainAnalytics.Core.Counters;
using GrainAnalytics.Core.Engine;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Journeys;
using GrainAnalytics.Core.Sessions;
using GrainAnalytics.Core.Sites;

namespace GrainAnalytics.Grains.Tests;

/// <summary>A balancer: every call goes to the next silo, so what one silo acknowledged is read on another.</summary>
internal sealed class AnySiloEngine(TestCluster cluster) : IAnalyticsEngine
{
    private uint _calls;

    private IAnalyticsEngine Next => cluster.EngineOf((int)(Interlocked.Increment(ref _calls) % (uint)cluster.Silos.Count));

    public string Name => Next.Name;
    public int Silos => Next.Silos;
    public BufferStatus Buffer => Next.Buffer;
    public ValueTask<IngestOutcome[]> AppendAsync(Site site, EncodedEvent[] events, CancellationToken cancel) => Next.AppendAsync(site, events, cancel);
    public ValueTask<JourneyPage> ReadJourneyAsync(Site site, JourneyQuery query, CancellationToken cancel) => Next.ReadJourneyAsync(site, query, cancel);
    public ValueTask<SessionView?> ReadSessionAsync(Site site, string sessionId, CancellationToken cancel) => Next.ReadSessionAsync(site, sessionId, cancel);
    // One silo's own, as in a server: it is the same from the one to the other.
    public Task DistrustAsync(Site site, IReadOnlyList<string> userIds, CancellationToken cancel) => cluster.EngineOf(0).DistrustAsync(site, userIds, cancel);
    public Task ForgetAsync(Site site, IReadOnlyList<string> userIds, long? erasedAt, CancellationToken cancel) => cluster.EngineOf(0).ForgetAsync(site, userIds, erasedAt, cancel);
    public ValueTask<DayTotals> ReadDayAsync(Site site, DateOnly day, CancellationToken cancel) => Next.ReadDayAsync(site, day, cancel);
}
