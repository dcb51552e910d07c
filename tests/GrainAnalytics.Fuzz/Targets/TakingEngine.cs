using GrainAnalytics.Core.Counters;
using GrainAnalytics.Core.Engine;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Journeys;
using GrainAnalytics.Core.Sessions;
using GrainAnalytics.Core.Sites;

namespace GrainAnalytics.Fuzz.Targets;

/// <summary>Stores every event by remembering it until the next request.</summary>
internal sealed class TakingEngine : IAnalyticsEngine, ISiteDirectory
{
    private static readonly SiteAccess Access = new(new Site(1, "fuzz", null, SiteClock.Utc), KeyKind.Write);

    public EncodedEvent[] Taken { get; set; } = [];

    public string Name => "taking";

    public int Silos => 1;

    public BufferStatus Buffer => new(0, false, 500, 50_000, false, true);

    public ValueTask<IngestOutcome[]> AppendAsync(Site site, EncodedEvent[] events, CancellationToken cancel)
    {
        Taken = events;
        var outcomes = new IngestOutcome[events.Length];
        Array.Fill(outcomes, IngestOutcome.Stored);
        return new(outcomes);
    }

    public ValueTask<SiteAccess?> FindAsync(string key, CancellationToken cancel) => new(Access);

    public ValueTask<Site?> FindAsync(int siteId, CancellationToken cancel) => new(Access.Site);

    public ValueTask<JourneyPage> ReadJourneyAsync(Site site, JourneyQuery query, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask<SessionView?> ReadSessionAsync(Site site, string sessionId, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask<DayTotals> ReadDayAsync(Site site, DateOnly day, CancellationToken cancel) => throw new NotSupportedException();
}
