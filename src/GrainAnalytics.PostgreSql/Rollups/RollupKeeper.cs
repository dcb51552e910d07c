using System.Collections.Concurrent;
using GrainAnalytics.Core.Engine;
using GrainAnalytics.Core.Writing;

namespace GrainAnalytics.PostgreSql.Rollups;

/// <summary>Brings rollups up to date: for whoever asks, and all the time, so that whoever asks waits for little.</summary>
/// <param name="folder">Folds.</param>
/// <param name="rebuilder">Makes what is incomplete again.</param>
/// <param name="time">The clock.</param>
/// <param name="health">Says when there is no point in asking; null: it is always asked.</param>
public sealed class RollupKeeper(SiteFolder folder, SiteRebuilder rebuilder, TimeProvider time, StoreHealth? health = null)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500), LongestFold = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<int, SharedRead<int>> _reads = new();

    /// <summary>Folds everything that was committed before the call. Those who ask at once share the work.</summary>
    /// <returns>Writes that were folded.</returns>
    public Task<int> FoldAsync(int siteId) => _reads.GetOrAdd(siteId, id => new SharedRead<int>(async () =>
    {
        using var patience = new CancellationTokenSource(LongestFold, time);
        return await folder.FoldAllAsync(id, patience.Token).ConfigureAwait(false);
    })).ReadAsync();

    /// <summary>Folds what is waiting, every half a second, whichever process wrote it, until cancelled.</summary>
    /// <param name="failed">Is told when the database does not answer, once until it does.</param>
    /// <param name="cancel">Ends it.</param>
    public async Task RunAsync(Action<Exception> failed, CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(Pause, time);
        var fails = false;
        while (await timer.WaitForNextTickAsync(cancel).ConfigureAwait(false))
        {
            if (health?.IsAway == true) continue;
            try
            {
                foreach (var site in await folder.ToRebuildAsync(cancel).ConfigureAwait(false)) await rebuilder.RebuildAsync(site, always: false, null, cancel).ConfigureAwait(false);
                foreach (var site in await folder.WaitingAsync(cancel).ConfigureAwait(false))
                    while (await folder.FoldSomeAsync(site, cancel).ConfigureAwait(false)) { }
                fails = false;
            }
            catch (Exception e) when (StoreErrors.IsStoreError(e, cancel))
            {
                if (!fails) failed(e);
                fails = true;
            }
        }
    }
}
