using GrainAnalytics.Core.Counters;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Journeys;
using GrainAnalytics.Core.Sessions;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Spool;

namespace GrainAnalytics.Core.Engine;

/// <summary>An engine whose journeys also show what a user did under other ids, before it was known who they are.</summary>
/// <param name="inner">The engine.</param>
public sealed class LinkedEngine(IAnalyticsEngine inner) : IAnalyticsEngine
{
    /// <inheritdoc/>
    public string Name => inner.Name;

    /// <inheritdoc/>
    public int Silos => inner.Silos;

    /// <inheritdoc/>
    public BufferStatus Buffer => inner.Buffer;

    /// <inheritdoc/>
    public SpoolStatus? Spool => inner.Spool;

    /// <inheritdoc/>
    public ValueTask<IngestOutcome[]> AppendAsync(Site site, EncodedEvent[] events, CancellationToken cancel) => inner.AppendAsync(site, events, cancel);

    /// <inheritdoc/>
    public ValueTask<JourneyPage> ReadJourneyAsync(Site site, JourneyQuery query, CancellationToken cancel)
    {
        var own = inner.ReadJourneyAsync(site, query, cancel);
        return own.IsCompletedSuccessfully && own.Result.Aliases.Count == 0 ? own : new(JoinAsync(own, site, query, cancel));
    }

    /// <inheritdoc/>
    public ValueTask<SessionView?> ReadSessionAsync(Site site, string sessionId, CancellationToken cancel) => inner.ReadSessionAsync(site, sessionId, cancel);

    /// <inheritdoc/>
    public ValueTask<DayTotals> ReadDayAsync(Site site, DateOnly day, CancellationToken cancel) => inner.ReadDayAsync(site, day, cancel);

    /// <inheritdoc/>
    public Task DistrustAsync(Site site, IReadOnlyList<string> userIds, CancellationToken cancel) => inner.DistrustAsync(site, userIds, cancel);

    /// <inheritdoc/>
    public Task ForgetAsync(Site site, IReadOnlyList<string> userIds, long? erasedAt, CancellationToken cancel) => inner.ForgetAsync(site, userIds, erasedAt, cancel);

    private async Task<JourneyPage> JoinAsync(ValueTask<JourneyPage> reading, Site site, JourneyQuery query, CancellationToken cancel)
    {
        var page = await reading.ConfigureAwait(false);
        var known = new HashSet<string> { query.UserId };
        // An alias may have had one, too.
        for (var open = new Queue<string>(page.Aliases); open.TryDequeue(out var alias) && known.Count <= JourneyPage.MostAliases;)
        {
            if (!known.Add(alias)) continue;
            var further = await inner.ReadJourneyAsync(site, query with { UserId = alias }, cancel).ConfigureAwait(false);
            foreach (var other in further.Aliases) open.Enqueue(other);
            page = page.With(further.Events, query);
            page = page with { HasMore = page.HasMore || further.HasMore, IsPartial = page.IsPartial || further.IsPartial };
        }
        return page with { Aliases = [] };
    }
}
