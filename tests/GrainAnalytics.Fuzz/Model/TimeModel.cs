using System.Globalization;
using System.Text.RegularExpressions;

namespace GrainAnalytics.Fuzz.Model;

/// <summary>ISO 8601 instants and the time in version 7 UUIDs, by regular expressions and .NET's own calendar.</summary>
internal static partial class TimeModel
{
    /// <summary>Reads an instant.</summary>
    /// <returns>Unix microseconds and whether there was no time of day; null when it is no instant.</returns>
    public static (long Microseconds, bool IsDateOnly)? Read(string text)
    {
        var match = Iso8601().Match(text);
        if (!match.Success) return null;
        int Part(int group) => match.Groups[group].Success ? int.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture) : 0;
        if (Part(1) == 0 || Part(2) is < 1 or > 12 || Part(3) < 1 || Part(3) > DateTime.DaysInMonth(Part(1), Part(2))) return null;
        if (Part(4) > 23 || Part(5) > 59 || Part(6) > 59 || Part(9) > 23 || Part(10) > 59) return null;
        var local = new DateTime(Part(1), Part(2), Part(3), Part(4), Part(5), Part(6), DateTimeKind.Utc);
        var fraction = match.Groups[7].Value.PadRight(6, '0')[..6];
        var offset = new TimeSpan(Part(9), Part(10), 0).Ticks / 10 * (match.Groups[8].Value == "-" ? -1 : 1);
        return ((local.Ticks - DateTime.UnixEpoch.Ticks) / 10 + int.Parse(fraction, CultureInfo.InvariantCulture) - offset, text.Length == 10);
    }

    /// <summary>True for the 8-4-4-4-12 form.</summary>
    public static bool IsUuid(string text) => Uuid().IsMatch(text);

    /// <summary>Unix microseconds in a version 7 UUID of the usual variant; null for any other text.</summary>
    public static long? OfUuid(string text) => IsUuid(text) && text[14] == '7' && "89abAB".Contains(text[19])
        ? long.Parse(string.Concat(text.AsSpan(0, 8), text.AsSpan(9, 4)), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) * 1000
        : null;

    [GeneratedRegex(@"\A([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[Tt ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]+))?)?(?:[Zz]|([+-])([0-9]{2})(?::?([0-9]{2}))?)?)?\z")]
    private static partial Regex Iso8601();

    [GeneratedRegex(@"\A[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\z")]
    private static partial Regex Uuid();
}
