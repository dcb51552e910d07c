using System.Text;

namespace GrainAnalytics.Fuzz.Generation;

/// <summary>Makes ISO 8601 instants and things that nearly are.</summary>
internal static class InstantMaker
{
    private static readonly string[] Numbers = ["00", "01", "02", "12", "13", "23", "24", "28", "29", "30", "31", "32", "59", "60", "99", "0", "007", "-1", "１２"];
    private static readonly string[] Years = ["2026", "2024", "2023", "1900", "2000", "1970", "1969", "0001", "0000", "9999", "10000", "999", "-2026", "+2026"];
    private static readonly string[] Fractions = ["", ".1", ",1", ".123456", ".1234567890123456789", ".000001", ".", ".9999999", ".x"];
    private static readonly string[] Zones = ["", "Z", "z", "+00:00", "-23:59", "+23:59", "+05", "-0930", "+24:00", "+01:60", "+1", " 02:00", "Z ", "+", "+05:", "+05:3"];

    // Of what an event may claim, and of that a microsecond: 1970, now, and a day ahead of it.
    private static readonly string[] Bounds = ["1970-01-01T00:00:00Z", "1969-12-31T23:59:59.999999Z", "2026-09-21T14:13:20.123456Z", "2026-09-21T14:13:20.123457Z",
        "2026-09-22T14:13:20.123456Z", "2026-09-22T14:13:20.123457Z"];

    /// <summary>Makes one; most are valid.</summary>
    public static byte[] Make(Dice dice)
    {
        if (dice.OneIn(6)) return Encoding.UTF8.GetBytes($"{dice.Pick<string>(Years)}-{Odd(dice)}-{Odd(dice)}T{Odd(dice)}:{Odd(dice)}:{Odd(dice)}{dice.Pick<string>(Fractions)}{dice.Pick<string>(Zones)}");
        var date = $"{1965 + dice.Below(64):0000}-{1 + dice.Below(12):00}-{1 + dice.Below(28):00}";
        return Encoding.UTF8.GetBytes(dice.Below(7) switch
        {
            // The ends of the calendar, which an offset leads beyond.
            0 => dice.OneIn(2) ? $"0001-01-01T00:{dice.Below(3):00}:00+{dice.Below(24):00}:{dice.Below(3):00}" : $"9999-12-31T23:5{7 + dice.Below(3)}:59.9999-{dice.Below(24):00}:{dice.Below(3):00}",
            1 when dice.OneIn(4) => dice.Pick<string>(Bounds),
            4 => date,
            1 => $"{date}T{dice.Below(24):00}:{dice.Below(60):00}{dice.Pick<string>(Zones)}",
            2 => $"{date}{dice.Pick<string>(["T", "t", " "])}{dice.Below(24):00}:{dice.Below(60):00}:{dice.Below(60):00}{dice.Pick<string>(Fractions)}{dice.Pick<string>(Zones)}",
            3 => $"2026-09-{14 + dice.Below(10):00}T{dice.Below(24):00}:00:00Z",
            _ => $"{date}T{dice.Below(24):00}:{dice.Below(60):00}:{dice.Below(60):00}.{dice.Below(1000):000}Z",
        });
    }

    private static string Odd(Dice dice) => dice.Pick<string>(Numbers);
}
