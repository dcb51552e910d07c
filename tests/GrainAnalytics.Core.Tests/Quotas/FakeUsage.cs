using GrainAnalytics.Core.Quotas;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Writing;

namespace GrainAnalytics.Core.Tests.Quotas;

/// <summary>Counts of days in memory, which survive those who use them.</summary>
internal sealed class FakeUsage : IUsageStore
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(int, DateOnly), long> _days = [];

    /// <summary>True: it does not answer.</summary>
    public bool IsAway { get; set; }

    /// <summary>Changes made.</summary>
    public int Writes { get; private set; }

    public long this[DateOnly day] { get { lock (_gate) return _days.GetValueOrDefault((1, day)); } set { lock (_gate) _days[(1, day)] = value; } }

    public Task<long> AddUsageAsync(Site site, DateOnly day, long events, CancellationToken cancel)
    {
        if (IsAway) throw new EventStoreException(StoreFailure.Away, false, "gone");
        lock (_gate)
        {
            if (events != 0) Writes++;
            return Task.FromResult(_days[(site.Id, day)] = _days.GetValueOrDefault((site.Id, day)) + events);
        }
    }
}
