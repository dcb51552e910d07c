using GrainAnalytics.Grains.Engine;
using GrainAnalytics.Grains.Placement;
using Microsoft.Extensions.Logging;

namespace GrainAnalytics.Grains.Live;

/// <summary>Tells all silos that a site is watched; one for each site's grain.</summary>
internal sealed class LiveAnnouncer(SiloView silos, LiveServiceClient services, TimeProvider time, ILogger<LiveAnnouncer> log)
{
    private readonly Dictionary<SiloAddress, long> _told = [];

    /// <summary>Tells those who do not know it, and repeats it to those who might forget.</summary>
    /// <returns>True when a silo heard it for the first time.</returns>
    public async Task<bool> AnnounceAsync(int siteId)
    {
        var active = silos.Active;
        foreach (var gone in _told.Keys.Except(active).ToArray()) _told.Remove(gone);
        var due = active.Where(silo => !_told.TryGetValue(silo, out var at) || time.GetElapsedTime(at) >= LiveLease.Renewal).ToArray();
        if (due.Length == 0) return false;
        var heard = await Task.WhenAll(due.Select(silo => TellAsync(silo, siteId)));
        return heard.Contains(true);
    }

    private async Task<bool> TellAsync(SiloAddress silo, int siteId)
    {
        try
        {
            await services.At(silo).WatchAsync(siteId);
            var isNew = !_told.ContainsKey(silo);
            _told[silo] = time.GetTimestamp();
            return isNew;
        }
        catch (Exception e) when (Failures.IsTransient(e))
        {
            log.AnnouncementFailed(e, silo, siteId);    // told again at the next tick
            return false;
        }
    }
}
