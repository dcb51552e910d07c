using GrainAnalytics.Core.Limits;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;

namespace GrainAnalytics.Core.Quotas;

/// <summary>One site's count of events, from which fronts get leases.</summary>
/// <remarks>A plain state machine: no locks, no I/O. Of the day's quota it reserves a piece in the store before it grants from it,
/// so that the store's count is never below what was granted: whoever takes over after a kill grants at most what is left,
/// and a piece of the reservation may be lost to the site.</remarks>
public sealed class QuotaLedger
{
    private const int Pieces = 200;                 // of a day: as many statements, and at most so much is lost to a kill
    private const long LargestPiece = 100_000;
    private const int NoDay = -1;
    private const double LeaseSeconds = 0.1;        // of a rate: ten asks a second over all fronts at full rate

    /// <summary>How long a lease may be used: with a rate in it, so that no front saves up, and without.</summary>
    public static readonly TimeSpan RateLease = TimeSpan.FromSeconds(1), DayLease = TimeSpan.FromSeconds(60);

    private Site? _site;
    private DateOnly _day;
    private long _now, _dayEnd, _levelAt;
    private long? _stored;      // the store's count of the day, reservations of all holders included; null: not known
    private long _free;         // reserved and not granted; below 0: granted and not reserved, because the store was away
    private double _level;      // events that the rate allows now

    /// <summary>The day that is being counted.</summary>
    public DateOnly Day => _day;

    /// <summary>False until the store's count of the day is known, where there is a daily quota.</summary>
    public bool KnowsDay => _stored is not null || PerDay is null;

    /// <summary>Events granted of the day, as far as is known.</summary>
    public long Used => Math.Max(0, (_stored ?? 0) - _free);

    private long? PerDay => _site?.Quota.EventsPerDay;
    private double? PerSecond => _site?.Quota.EventsPerSecond;

    /// <summary>Moves time on and takes in settings; begins a new day at the site's midnight.</summary>
    /// <param name="site">The site as it is now.</param>
    /// <param name="now">Unix microseconds.</param>
    public void MoveTo(Site site, long now)
    {
        if (PerSecond is { } rate && site.Quota.EventsPerSecond == _site!.Quota.EventsPerSecond)
            _level = Math.Min(rate, _level + Math.Max(0, now - _levelAt) * rate / Instant.Second);
        else if (site.Quota.EventsPerSecond is { } other) _level = other;
        (_site, _now, _levelAt) = (site, now, now);
        var day = site.Clock.DayOf(now);
        if (day == _day && _dayEnd > 0) return;
        (_day, _dayEnd, _stored, _free) = (day, site.Clock.DayStart(day.AddDays(1)), null, 0);
    }

    /// <summary>Takes in what a front gave back and what it took without leave.</summary>
    public void Settle(QuotaAsk ask)
    {
        if (PerDay is not null) _free -= ask.Owed;
        _level = Math.Min(PerSecond ?? 0, _level + ask.Unspent);
        if (ask.UnspentOf == _day.DayNumber) _free += ask.Unspent;
    }

    /// <summary>Events to add to the store's count before an ask can be answered; 0: none.</summary>
    public long ToReserve(QuotaAsk ask)
    {
        if (PerDay is not { } perDay) return 0;
        var wish = Math.Min(Wish(ask), Math.Max(0, Left(perDay)));
        if (_free >= wish) return 0;
        // What is owed is written in any case; beyond it a piece, if the day has one left.
        return Math.Max(wish - _free, Math.Min(Piece(perDay), perDay - (_stored ?? 0)));
    }

    /// <summary>The store's count was read, or added to.</summary>
    /// <param name="added">How many.</param>
    /// <param name="count">Its count after that.</param>
    public void Reserved(long added, long count)
    {
        _free += added;
        _stored = count;
    }

    /// <summary>Answers an ask. While the store is away the day's quota is granted on credit.</summary>
    public QuotaGrant Grant(QuotaAsk ask)
    {
        var untilMidnight = TimeSpan.FromMicroseconds(_dayEnd - _now);
        var left = PerDay is { } perDay ? Math.Max(0, Left(perDay)) : long.MaxValue;
        if (ask.Needed > left) return Refuse(new LimitReport("day", "events", PerDay!.Value, TimeSpan.FromDays(1), left, untilMidnight));
        if (ask.Needed > 0 && PerSecond is { } rate && _level < 1)
            return Refuse(LimitReport.OfBucket("second", "events", rate, rate, TimeSpan.FromSeconds((1 - _level) / rate)));
        var events = ask.Needed == 0 ? 0 : Math.Max(ask.Needed, Math.Min(Wish(ask), Math.Min(left, PerSecond is null ? long.MaxValue : (long)_level)));
        if (PerDay is not null) _free -= events;
        _level -= events;
        var lease = PerSecond is null ? DayLease : RateLease;
        // What is granted while no day is counted must not come back as a part of one.
        return new QuotaGrant(events, PerDay is null ? NoDay : _day.DayNumber, lease < untilMidnight ? lease : untilMidnight, null);
    }

    /// <summary>What to add to the store's count when nothing is granted any more: the rest of the reservation, negative.</summary>
    public long Close()
    {
        var rest = _stored is null ? 0 : -_free;
        (_stored, _free) = (null, 0);
        return rest;
    }

    private QuotaGrant Refuse(LimitReport report) => new(0, PerDay is null ? NoDay : _day.DayNumber, TimeSpan.Zero, report);

    private long Left(long perDay) => perDay - (_stored ?? 0) + _free;

    private long Wish(QuotaAsk ask) => ask.Needed == 0 ? 0 : Math.Max(ask.Wanted, Math.Max(ask.Needed, Math.Min(
        PerDay is { } perDay ? Piece(perDay) : LargestPiece, PerSecond is { } rate ? Math.Max(1, (long)(rate * LeaseSeconds)) : LargestPiece)));

    private static long Piece(long perDay) => Math.Clamp(perDay / Pieces, 1, LargestPiece);
}
