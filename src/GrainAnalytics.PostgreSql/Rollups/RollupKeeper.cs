using System.Collections.Concurrent;
using GrainAnalytics.Core.Engine;
using GrainAnalytics.Core.Writing;

namespace GrainAnalytics.PostgreSql.Rollups;

/// <summary>Brings rollups up to date: for whoever asks; all the time while somebody asks now and then, so that they wait for little; and
/// else in large pieces, which cost half as much an event.</summary>
/// <param name="folder">Folds.</param>
/// <param name="rebuilder">Makes what is incomplete again.</param>
/// <param name="time">The clock.</param>
/// <param name="health">Says when there is no point in asking; null: it is always asked.</param>
/// <param name="waitingEvents">Events that wait to be written in this process: while it is under load, folding gives way; null: never.</param>
public sealed class RollupKeeper(SiteFolder folder, SiteRebuilder rebuilder, TimeProvider time, StoreHealth? health = null, Func<int>? waitingEvents = null)
{
    // A journal of about 800,000 events is folded whatever the load. So many waiting events, on average of a second or two, are load: a server
    // with time to spare has few, because it writes at once.
    private const long MostBytes = 64 * 1024 * 1024;
    private const double ManyWaiting = 16;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250), LookEvery = TimeSpan.FromSeconds(2), LongestWait = TimeSpan.FromSeconds(10),
        AskedFor = TimeSpan.FromMinutes(1), LongestFold = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<int, SharedRead<int>> _reads = new();
    private readonly ConcurrentDictionary<int, long> _asked = new();    // site, timestamp of the last question
    private readonly Dictionary<int, long> _waiting = [];               // site, timestamp since when the journal has something
    private readonly HashSet<(int SiteId, Step Step)> _failing = [];    // what did not work the last time
    private double _load;                                               // waiting events, on average of the last ticks

    /// <summary>Folds everything that was committed before the call. Those who ask at once share the work.</summary>
    /// <returns>Writes that were folded.</returns>
    public Task<int> FoldAsync(int siteId)
    {
        _asked[siteId] = time.GetTimestamp();
        return _reads.GetOrAdd(siteId, id => new SharedRead<int>(async () =>
        {
            using var patience = new CancellationTokenSource(LongestFold, time);
            return await folder.FoldAllAsync(id, patience.Token).ConfigureAwait(false);
        })).ReadAsync();
    }

    /// <summary>Folds what is waiting, whichever process wrote it, until cancelled.</summary>
    /// <param name="failed">Is told when it does not work, whatever the reason, once until it does; with the site, if it is this site alone that does not.</param>
    /// <param name="cancel">Ends it.</param>
    public async Task RunAsync(Action<Exception, int?> failed, CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(Tick, time);
        var (fails, lookedAt) = (false, 0L);
        void SiteFailed(int site, Exception e) => failed(e, site);
        while (await timer.WaitForNextTickAsync(cancel).ConfigureAwait(false))
        {
            if (health?.IsAway == true) continue;
            _load += (Math.Min(1000, waitingEvents?.Invoke() ?? 0) - _load) / 8;
            try
            {
                foreach (var (site, askedAt) in _asked)
                    if (time.GetElapsedTime(askedAt) < AskedFor) await ForSiteAsync(site, Step.Fold, () => folder.FoldSomeAsync(site, cancel), SiteFailed, cancel).ConfigureAwait(false);
                    else _asked.TryRemove(new(site, askedAt));
                if (lookedAt == 0 || time.GetElapsedTime(lookedAt) >= LookEvery)
                {
                    lookedAt = time.GetTimestamp();
                    await LookAsync(SiteFailed, cancel).ConfigureAwait(false);
                }
                fails = false;
            }
            catch (Exception e) when (!cancel.IsCancellationRequested)
            {
                if (!fails) failed(e, null);
                fails = true;
            }
        }
    }

    // A site of which something cannot be folded must not keep the others waiting. When the database is away, it is so for all.
    private async Task ForSiteAsync(int site, Step step, Func<Task> work, Action<int, Exception> failed, CancellationToken cancel)
    {
        try
        {
            await work().ConfigureAwait(false);
            _failing.Remove((site, step));
        }
        catch (Exception e) when (!cancel.IsCancellationRequested && !(StoreErrors.IsStoreError(e, cancel) && StoreErrors.Translate(e).Failure == StoreFailure.Away))
        {
            if (_failing.Add((site, step))) failed(site, e);
        }
    }

    private enum Step { Fold, Rebuild }

    private async Task LookAsync(Action<int, Exception> failed, CancellationToken cancel)
    {
        foreach (var site in await folder.ToRebuildAsync(cancel).ConfigureAwait(false))
            await ForSiteAsync(site, Step.Rebuild, () => rebuilder.RebuildAsync(site, always: false, null, cancel), failed, cancel).ConfigureAwait(false);
        var waiting = await folder.WaitingAsync(cancel).ConfigureAwait(false);
        foreach (var gone in _waiting.Keys.Except(waiting.Select(site => site.SiteId)).ToArray()) _waiting.Remove(gone);
        foreach (var (site, bytes) in waiting)
        {
            if (!_waiting.TryGetValue(site, out var since)) _waiting[site] = since = time.GetTimestamp();
            if (bytes < (_load > ManyWaiting ? MostBytes : SiteFolder.PieceBytes) && (_load > ManyWaiting || time.GetElapsedTime(since) < LongestWait)) continue;
            var left = bytes;
            await ForSiteAsync(site, Step.Fold, async () =>
            {
                while (await folder.FoldSomeAsync(site, cancel).ConfigureAwait(false) && (_load <= ManyWaiting || (left -= SiteFolder.PieceBytes) > 0)) { }
                _waiting.Remove(site);
            }, failed, cancel).ConfigureAwait(false);
        }
    }
}
