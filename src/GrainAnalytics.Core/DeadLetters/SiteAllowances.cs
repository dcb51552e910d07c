using System.Collections.Concurrent;

namespace GrainAnalytics.Core.DeadLetters;

/// <summary>How many rows of each site may still be kept: so many a second, and what was left over for up to ten seconds.</summary>
internal sealed class SiteAllowances(int perSecond, TimeProvider time)
{
    private const int SecondsSaved = 10;

    private readonly ConcurrentDictionary<int, Allowance> _sites = new();

    /// <summary>Takes one; false when none is left.</summary>
    public bool TryTake(int siteId)
    {
        if (perSecond == 0) return false;
        var allowance = _sites.GetOrAdd(siteId, static (_, all) => new Allowance(all.most, all.now), (most: (double)perSecond * SecondsSaved, now: time.GetTimestamp()));
        lock (allowance)
        {
            var now = time.GetTimestamp();
            var earned = time.GetElapsedTime(allowance.At, now).TotalSeconds * perSecond;
            allowance.Left = Math.Min(perSecond * (double)SecondsSaved, allowance.Left + earned);
            allowance.At = now;
            if (allowance.Left < 1) return false;
            allowance.Left--;
            return true;
        }
    }

    private sealed class Allowance(double left, long at)
    {
        public double Left = left;
        public long At = at;
    }
}
