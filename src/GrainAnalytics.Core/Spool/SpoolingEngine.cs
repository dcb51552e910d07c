using GrainAnalytics.Core.Counters;
using GrainAnalytics.Core.Engine;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Journeys;
using GrainAnalytics.Core.Sessions;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Writing;

namespace GrainAnalytics.Core.Spool;

/// <summary>An engine with a spool in front of it: what the engine cannot store in time is on this machine's disk before it is
/// acknowledged, and in every lookup from then on.</summary>
/// <param name="inner">The engine.</param>
/// <param name="spool">This process's spool.</param>
/// <param name="health">Says when there is no point in asking the engine.</param>
/// <param name="peers">The other processes' spools; null when there are no others.</param>
/// <param name="diskPatience">Longest wait for the disk; null for 1.5 s, which is together with <see cref="SpoolOptions.After"/> below the five seconds within which every
/// client has its answer.</param>
public sealed class SpoolingEngine(IAnalyticsEngine inner, EventSpool spool, StoreHealth health, ISpoolPeers? peers = null, TimeSpan? diskPatience = null) : IAnalyticsEngine
{
    private readonly TimeSpan _diskPatience = diskPatience ?? TimeSpan.FromSeconds(1.5);

    /// <inheritdoc/>
    public string Name => inner.Name;

    /// <inheritdoc/>
    public int Silos => inner.Silos;

    /// <inheritdoc/>
    public BufferStatus Buffer => inner.Buffer;

    /// <inheritdoc/>
    public SpoolStatus? Spool => spool.Status;

    /// <inheritdoc/>
    public ValueTask<IngestOutcome[]> AppendAsync(Site site, EncodedEvent[] events, CancellationToken cancel)
    {
        if (health.IsAway)
        {
            var outcomes = new IngestOutcome[events.Length];
            Array.Fill(outcomes, IngestOutcome.StoreUnavailable);
            return new(SpoolAsync(site, events, outcomes));
        }
        var running = inner.AppendAsync(site, events, cancel);
        return running.IsCompletedSuccessfully && !IsAnyOpen(running.Result) ? new(running.Result) : new(FinishAsync(running, site, events));
    }

    /// <inheritdoc/>
    public ValueTask<JourneyPage> ReadJourneyAsync(Site site, JourneyQuery query, CancellationToken cancel) =>
        spool.HasBacklog || peers?.HaveBacklog == true ? new(ReadAllAsync(site, query, cancel)) : inner.ReadJourneyAsync(site, query, cancel);

    /// <inheritdoc/>
    public ValueTask<SessionView?> ReadSessionAsync(Site site, string sessionId, CancellationToken cancel) => inner.ReadSessionAsync(site, sessionId, cancel);

    /// <inheritdoc/>
    public ValueTask<DayTotals> ReadDayAsync(Site site, DateOnly day, CancellationToken cancel) => inner.ReadDayAsync(site, day, cancel);

    /// <inheritdoc/>
    public Task DistrustAsync(Site site, IReadOnlyList<string> userIds, CancellationToken cancel) => inner.DistrustAsync(site, userIds, cancel);

    /// <inheritdoc/>
    public async Task ForgetAsync(Site site, IReadOnlyList<string> userIds, long? erasedAt, CancellationToken cancel)
    {
        // What waits here of erased users is refused when it is delivered; until then no lookup shows it.
        if (erasedAt is { } at)
        {
            spool.Forget(site.Id, userIds, at);
            if (peers?.HaveBacklog == true) await peers.ForgetAsync(site.Id, userIds, at, cancel).ConfigureAwait(false);
        }
        await inner.ForgetAsync(site, userIds, erasedAt, cancel).ConfigureAwait(false);
    }

    private static bool IsAnyOpen(IngestOutcome[] outcomes) => outcomes.AsSpan().IndexOfAny(IngestOutcome.StoreUnavailable, IngestOutcome.SiloUnavailable) >= 0;

    private async Task<IngestOutcome[]> FinishAsync(ValueTask<IngestOutcome[]> running, Site site, EncodedEvent[] events)
    {
        var outcomes = await running.ConfigureAwait(false);
        if (!IsAnyOpen(outcomes)) return outcomes;
        // Another process of the cluster may have met the silence.
        health.Doubt();
        return await SpoolAsync(site, events, outcomes).ConfigureAwait(false);
    }

    private async Task<IngestOutcome[]> SpoolAsync(Site site, EncodedEvent[] events, IngestOutcome[] outcomes)
    {
        var open = new List<EncodedEvent>(events.Length);
        for (var i = 0; i < events.Length; i++)
            if (outcomes[i] is IngestOutcome.StoreUnavailable or IngestOutcome.SiloUnavailable) open.Add(events[i]);
        var written = await WriteAsync(site, open).ConfigureAwait(false);
        for (var i = 0; i < events.Length; i++)
            if (outcomes[i] is IngestOutcome.StoreUnavailable or IngestOutcome.SiloUnavailable) outcomes[i] = written;
        return outcomes;
    }

    private async Task<IngestOutcome> WriteAsync(Site site, List<EncodedEvent> events)
    {
        using var patience = new CancellationTokenSource(_diskPatience);
        try
        {
            // Before the write, so that nobody can look in vain for what is acknowledged after it.
            if (peers is not null && !spool.HasBacklog) await peers.AnnounceAsync(patience.Token).ConfigureAwait(false);
            return await spool.AppendAsync(site.Id, events).WaitAsync(patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return IngestOutcome.SpoolFailed;      // the disk hangs; what it may have after all is delivered
        }
    }

    // The spools first: what was delivered since is in the database that is read after them.
    private async Task<JourneyPage> ReadAllAsync(Site site, JourneyQuery query, CancellationToken cancel)
    {
        var theirs = peers?.HaveBacklog == true ? peers.ReadAsync(site.Id, query.UserId, cancel) : null;
        IReadOnlyList<EncodedEvent> waiting = spool.Read(site.Id, query.UserId);
        var isComplete = spool.IsIndexed;
        if (theirs is not null)
        {
            var (events, isAll) = await theirs.ConfigureAwait(false);
            waiting = [.. waiting, .. events];
            isComplete &= isAll;
        }
        var page = await inner.ReadJourneyAsync(site, query, cancel).ConfigureAwait(false);
        return page.With(waiting, query) with { IsPartial = page.IsPartial || !isComplete };
    }
}
