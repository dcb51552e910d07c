using GrainAnalytics.Core.Limits;

namespace GrainAnalytics.Core.Quotas;

/// <summary>What a front may take of one site's events without asking.</summary>
/// <remarks>A plain state machine: no locks, no I/O. Time is a timestamp of the front's own clock.</remarks>
public sealed class QuotaLease(TimeProvider time)
{
    // A refusal is believed for so long: the quota may be raised, and other fronts give back what they did not use.
    private static readonly TimeSpan RefusalHolds = TimeSpan.FromSeconds(1);

    private SiteQuota? _quota;
    private long _left, _owed, _endsAt, _refusedAt, _freeUntil;
    private int _day;
    private LimitReport? _refusal;
    private long _refusedFrom;

    /// <summary>Events that could be given back, or that are owed, and nobody uses.</summary>
    public bool HasLoose(long now) => _owed > 0 || _left > 0 && now >= _endsAt;

    /// <summary>Takes events.</summary>
    /// <param name="quota">The site's quota now; another than before ends the lease.</param>
    /// <param name="events">How many; 0 asks whether a refusal holds for any number.</param>
    /// <param name="now">Timestamp.</param>
    /// <param name="refusal">When refused: what to tell the sender.</param>
    /// <returns>True when taken; false when refused; null: ask.</returns>
    public bool? Take(SiteQuota quota, long events, long now, out LimitReport? refusal)
    {
        refusal = null;
        if (!quota.Equals(_quota))
        {
            (_quota, _refusal, _freeUntil) = (quota, null, 0);
            _endsAt = now;      // what is left is given back with the next ask
        }
        if (events > 0 && now < _endsAt && _left >= events)
        {
            _left -= events;
            return true;
        }
        if (now < _freeUntil)
        {
            _owed += events;
            return true;
        }
        if (_refusal is not null && Math.Max(1, events) >= _refusedFrom && time.GetElapsedTime(_refusedAt, now) < RefusalHolds)
        {
            var reset = _refusal.Reset - time.GetElapsedTime(_refusedAt, now);
            if (reset > TimeSpan.Zero)
            {
                refusal = _refusal with { Reset = reset };
                return false;
            }
        }
        return events == 0 ? true : null;
    }

    /// <summary>What to ask for; until the answer is in, nothing is left.</summary>
    /// <param name="needed">Events of the request that asks; 0 only settles.</param>
    /// <param name="wanted">Events of all requests that wait.</param>
    public QuotaAsk BeginAsk(long needed, long wanted)
    {
        var ask = new QuotaAsk(needed, wanted, _left, _day, _owed);
        (_left, _owed) = (0, 0);
        return ask;
    }

    /// <summary>The answer to an ask came.</summary>
    /// <returns>True when the request that asked has its events; false when it is refused.</returns>
    public bool EndAsk(QuotaAsk ask, QuotaGrant grant, long now, out LimitReport? refusal)
    {
        // What was taken in vain came back meanwhile and belongs to the same day.
        _left = (_day == grant.Day ? _left : 0) + grant.Events - (grant.Refusal is null ? ask.Needed : 0);
        _day = grant.Day;
        _endsAt = now + (long)(grant.For.TotalSeconds * time.TimestampFrequency);
        refusal = _refusal = grant.Refusal;
        if (refusal is null) return true;
        // A smaller request may still pass, unless nothing is left at all.
        (_refusedAt, _refusedFrom) = (now, refusal.Left > 0 ? ask.Needed : 1);
        return false;
    }

    /// <summary>Nobody could be asked: the events pass and are owed, and for a while so does everything else.</summary>
    public void FailAsk(QuotaAsk ask, long now, TimeSpan freeFor)
    {
        _left += ask.Unspent;
        _owed += ask.Owed + ask.Needed;
        _freeUntil = now + (long)(freeFor.TotalSeconds * time.TimestampFrequency);
    }

    /// <summary>Gives back events that were taken and not stored.</summary>
    public void Return(long events) => _left += events;
}
