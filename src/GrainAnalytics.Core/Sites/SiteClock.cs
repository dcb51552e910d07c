using GrainAnalytics.Core.Text;

namespace GrainAnalytics.Core.Sites;

/// <summary>Days and hours in a site's time zone, including days of 23 and 25 hours and offsets of half hours. Days before an instant may be those of
/// another zone: what was counted by them could not be counted again when the site's zone was changed.</summary>
public sealed class SiteClock
{
    private const string Until = " until ", Then = ", ";

    private readonly TimeZoneInfo _zone;
    private readonly bool _isUtc;
    private readonly SiteClock? _before;                    // until _from
    private readonly long _from = long.MinValue;            // a day starts at it in _before, and _firstDay here
    private readonly DateOnly _firstDay = DateOnly.MinValue;

    // Offsets of hours (of UTC) that were asked for, if the offset is one for all of the hour: the hour's number, and the seconds in the lowest bits.
    // Whoever counts events asks several times for each; a time zone takes some 100 ns to answer.
    private readonly long[] _offsets = new long[512];

    /// <summary>Makes a clock.</summary>
    /// <param name="zones">An IANA time zone such as "Europe/Berlin", or several of them one after the other, as <see cref="Zones"/> has them.</param>
    /// <exception cref="TimeZoneNotFoundException">A zone is unknown on this machine.</exception>
    /// <exception cref="FormatException">It is no such list.</exception>
    public SiteClock(string zones)
    {
        Zones = TimeZoneId = zones;
        if (zones.LastIndexOf(Then, StringComparison.Ordinal) is var comma && comma >= 0)
        {
            var until = zones.LastIndexOf(Until, comma, StringComparison.Ordinal);
            if (until < 0 || !Instant.TryParse(zones[(until + Until.Length)..comma], out _from, out _)) throw new FormatException($"\"{zones}\" is no list of time zones.");
            TimeZoneId = zones[(comma + Then.Length)..];
            _before = new SiteClock(zones[..until]);
            _firstDay = _before.DayOf(_from - 1).AddDays(1);
        }
        _zone = TimeZoneInfo.FindSystemTimeZoneById(TimeZoneId);
        _isUtc = !_zone.SupportsDaylightSavingTime && _zone.BaseUtcOffset == TimeSpan.Zero;
    }

    /// <summary>A clock in UTC.</summary>
    public static SiteClock Utc { get; } = new("UTC");

    /// <summary>The IANA name of the zone of its days now.</summary>
    public string TimeZoneId { get; }

    /// <summary>What it was made from: "UTC until 2026-04-10T00:00:00.000Z, Asia/Kolkata" has days of UTC before that instant. Clocks are the same if it is.</summary>
    public string Zones { get; }

    /// <summary>The clock of another zone, which has this one's days before an instant at which a day starts.</summary>
    /// <param name="timeZoneId">IANA name.</param>
    /// <param name="from">Unix microseconds; null: all days are the zone's.</param>
    /// <exception cref="TimeZoneNotFoundException">The zone is unknown on this machine.</exception>
    public SiteClock With(string timeZoneId, long? from)
    {
        if (from is not { } at) return new SiteClock(timeZoneId);
        var before = this;
        while (before._before is { } earlier && at <= before._from) before = earlier;
        return before.TimeZoneId == timeZoneId ? before : new SiteClock($"{before.Zones}{Until}{Instant.ToText(at)}{Then}{timeZoneId}");
    }

    /// <summary>The local date of an instant. Behind the change of a zone no earlier one than the change's own day: a move to the west makes that day longer.</summary>
    public DateOnly DayOf(long microseconds)
    {
        if (microseconds < _from) return _before!.DayOf(microseconds);
        var day = ZoneDayOf(microseconds);
        return day < _firstDay ? _firstDay : day;
    }

    /// <summary>The instant at which the local hour of an instant began. Keying counts by it makes zones of half hours
    /// add up to whole days. Never before the day's first instant: a clock put forward by minutes at midnight skips the
    /// beginning of the hour.</summary>
    public long HourStart(long microseconds)
    {
        if (microseconds < _from) return _before!.HourStart(microseconds);
        var offset = Offset(microseconds);
        var local = microseconds + offset;
        var start = microseconds - (local - FloorDivide(local, Instant.Hour) * Instant.Hour);
        return Math.Max(_from, _isUtc || Offset(start) == offset ? start : Math.Max(start, ZoneDayStart(ZoneDayOf(microseconds))));
    }

    /// <summary>The first instant of a local day, also where the clock jumps at midnight.</summary>
    public long DayStart(DateOnly day) =>
        day < _firstDay ? _before!.DayStart(day) : day == _firstDay && _before is not null ? _from : Math.Max(_from, ZoneDayStart(day));

    private DateOnly ZoneDayOf(long microseconds) => DateOnly.FromDayNumber((int)(DaysToEpoch + FloorDivide(microseconds + Offset(microseconds), Instant.Day)));

    private long ZoneDayStart(DateOnly day)
    {
        var midnight = (day.DayNumber - DaysToEpoch) * Instant.Day;
        if (_isUtc) return midnight;
        // The offset before the day is right unless the clock changes between then and midnight; try the candidates that
        // the offsets around give and take the earliest instant that lies in the day.
        var best = long.MaxValue;
        foreach (var around in (ReadOnlySpan<long>)[-Instant.Day, -Instant.Hour, 0, Instant.Hour, Instant.Day])
        {
            var candidate = midnight - Offset(midnight + around);
            if (ZoneDayOf(candidate) == day && candidate < best) best = candidate;
        }
        return best != long.MaxValue ? best : AfterSkippedMidnight(midnight, day);
    }

    private const long DaysToEpoch = 719_162;

    // Midnight does not exist that day: search the transition, which lies within two hours of it.
    private long AfterSkippedMidnight(long midnight, DateOnly day)
    {
        long low = midnight - Offset(midnight - Instant.Day) - 2 * Instant.Hour, high = low + 26 * Instant.Hour;
        while (ZoneDayOf(high) < day) high += Instant.Day;     // a zone that skipped a whole day at the date line
        while (high - low > 1)
        {
            var middle = low + (high - low) / 2;
            if (ZoneDayOf(middle) >= day) high = middle; else low = middle;
        }
        return high;
    }

    private long Offset(long microseconds)
    {
        if (_isUtc) return 0;
        var hour = FloorDivide(microseconds, Instant.Hour);
        ref var slot = ref _offsets[hour & (_offsets.Length - 1)];
        var known = Volatile.Read(ref slot);
        if (known != 0 && known >> OffsetBits == hour) return ((known & ((1 << OffsetBits) - 1)) - OffsetBias) * Instant.Second;
        var offset = AskZone(microseconds);
        if (microseconds is > FirstKept and < LastKept && offset % Instant.Second == 0
            && AskZone(hour * Instant.Hour) == offset && AskZone((hour + 1) * Instant.Hour - 1) == offset)
            Volatile.Write(ref slot, hour << OffsetBits | (offset / Instant.Second + OffsetBias));
        return offset;
    }

    private const int OffsetBits = 20;
    private const long OffsetBias = 1 << (OffsetBits - 1), FirstKept = -50 * 366 * Instant.Day, LastKept = 200 * 366 * Instant.Day;

    private long AskZone(long microseconds) => _zone.GetUtcOffset(Instant.ToDateTime(microseconds)).Ticks / TimeSpan.TicksPerMicrosecond;

    private static long FloorDivide(long value, long by) => value >= 0 ? value / by : -((-value + by - 1) / by);
}
