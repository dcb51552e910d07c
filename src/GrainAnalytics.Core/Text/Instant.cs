using System.Buffers.Text;
using System.Text;

namespace GrainAnalytics.Core.Text;

/// <summary>Instants as Unix microseconds (PostgreSQL's resolution) and as ISO 8601 text.</summary>
public static class Instant
{
    /// <summary>Microseconds of a second, an hour and a day.</summary>
    public const long Second = 1_000_000, Hour = 3600 * Second, Day = 24 * Hour;

    /// <summary>Room that <see cref="Format"/> needs, in bytes.</summary>
    public const int MaxLength = 28;

    private static readonly long EpochTicks = DateTime.UnixEpoch.Ticks;

    /// <summary>Now, from the given clock.</summary>
    public static long NowMicroseconds(this TimeProvider time) => FromDateTime(time.GetUtcNow().UtcDateTime);

    /// <summary>Unix microseconds of a UTC time; finer digits are cut.</summary>
    public static long FromDateTime(DateTime utc) => (utc.Ticks - EpochTicks) / TimeSpan.TicksPerMicrosecond;

    /// <summary>True for Unix microseconds in the years 1 to 9999, which are all that <see cref="ToDateTime"/> takes.</summary>
    public static bool IsDateTime(long microseconds) =>
        microseconds >= -(EpochTicks / TimeSpan.TicksPerMicrosecond) && microseconds <= (DateTime.MaxValue.Ticks - EpochTicks) / TimeSpan.TicksPerMicrosecond;

    /// <summary>The UTC time of Unix microseconds.</summary>
    public static DateTime ToDateTime(long microseconds) =>
        new(EpochTicks + microseconds * TimeSpan.TicksPerMicrosecond, DateTimeKind.Utc);

    /// <summary>Reads an ISO 8601 instant: date, or date and time with optional seconds, fraction and offset. Without an
    /// offset it is UTC; digits beyond microseconds are cut.</summary>
    /// <param name="text">UTF-8 text, no surrounding space.</param>
    /// <param name="microseconds">Unix microseconds.</param>
    /// <param name="dateOnly">True when the text had no time of day; the instant is then the day's first in UTC.</param>
    public static bool TryParse(ReadOnlySpan<byte> text, out long microseconds, out bool dateOnly)
    {
        microseconds = 0;
        dateOnly = text.Length == 10;
        if (text.Length < 10 || text[4] != '-' || text[7] != '-'
            || !Digits(text[..4], out var year) || !Digits(text.Slice(5, 2), out var month) || !Digits(text.Slice(8, 2), out var day)
            || year is 0 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month)) return false;
        var time = 0L;
        if (!dateOnly && !TryParseTime(text[10..], out time)) return false;
        microseconds = FromDateTime(new DateTime(year, month, day, 0, 0, 0, DateTimeKind.Utc)) + time;
        return true;
    }

    /// <summary>Reads an ISO 8601 instant from a string; see the other overload.</summary>
    public static bool TryParse(string text, out long microseconds, out bool dateOnly)
    {
        Span<byte> bytes = stackalloc byte[64];
        if (Encoding.UTF8.TryGetBytes(text, bytes, out var length)) return TryParse(bytes[..length], out microseconds, out dateOnly);
        (microseconds, dateOnly) = (0, false);
        return false;
    }

    /// <summary>Writes "2026-11-21T05:52:00.123Z": milliseconds, or microseconds when there are any.</summary>
    /// <param name="microseconds">Unix microseconds.</param>
    /// <param name="destination">At least <see cref="MaxLength"/> bytes.</param>
    /// <returns>The bytes written, 24 or 27.</returns>
    public static int Format(long microseconds, Span<byte> destination)
    {
        // Round trips of any sender's value are exact, and the common case stays as short as JavaScript writes it.
        Utf8Formatter.TryFormat(ToDateTime(microseconds), destination, out _, new('O'));
        var length = microseconds % 1000 == 0 ? 23 : 26;
        destination[length] = (byte)'Z';
        return length + 1;
    }

    /// <summary>The text that <see cref="Format"/> writes, as a string.</summary>
    public static string ToText(long microseconds)
    {
        Span<byte> text = stackalloc byte[32];
        return Encoding.ASCII.GetString(text[..Format(microseconds, text)]);
    }

    // After the date: T or space, hh:mm[:ss[.f…]], then Z, an offset or nothing. Offsets are subtracted.
    private static bool TryParseTime(ReadOnlySpan<byte> text, out long microseconds)
    {
        microseconds = 0;
        if (text.Length < 6 || text[0] is not ((byte)'T' or (byte)'t' or (byte)' ') || text[3] != ':'
            || !Digits(text.Slice(1, 2), out var hour) || !Digits(text.Slice(4, 2), out var minute)
            || hour > 23 || minute > 59) return false;
        microseconds = hour * Hour + minute * 60 * Second;
        text = text[6..];
        if (text.Length > 0 && text[0] == ':')
        {
            if (text.Length < 3 || !Digits(text.Slice(1, 2), out var second) || second > 59) return false;
            microseconds += second * Second;
            text = text[3..];
            if (text.Length > 0 && text[0] is (byte)'.' or (byte)',')
            {
                var digits = text[1..].IndexOfAnyExceptInRange((byte)'0', (byte)'9');
                if (digits < 0) digits = text.Length - 1;
                if (digits == 0) return false;
                for (int i = 0, unit = 100_000; i < Math.Min(digits, 6); i++, unit /= 10) microseconds += (text[1 + i] - '0') * unit;
                text = text[(1 + digits)..];
            }
        }
        if (text.Length == 0 || text.Length == 1 && text[0] is (byte)'Z' or (byte)'z') return true;
        if (text[0] is not ((byte)'+' or (byte)'-') || text.Length is not (3 or 5 or 6) || text.Length == 6 && text[3] != ':'
            || !Digits(text.Slice(1, 2), out var offsetHour) || offsetHour > 23) return false;
        var offsetMinute = 0;
        if (text.Length > 3 && (!Digits(text[^2..], out offsetMinute) || offsetMinute > 59)) return false;
        var offset = offsetHour * Hour + offsetMinute * 60 * Second;
        microseconds += text[0] == '+' ? -offset : offset;
        return true;
    }

    private static bool Digits(ReadOnlySpan<byte> text, out int value)
    {
        value = 0;
        foreach (var c in text)
        {
            if (c is < (byte)'0' or > (byte)'9') return false;
            value = value * 10 + (c - '0');
        }
        return true;
    }
}
