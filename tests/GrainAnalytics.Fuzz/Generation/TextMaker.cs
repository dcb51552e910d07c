using System.Text;

namespace GrainAnalytics.Fuzz.Generation;

/// <summary>Makes the insides of JSON strings, well-formed unless asked otherwise.</summary>
internal static class TextMaker
{
    private static readonly byte[][] Pieces =
    [
        [.. "a"u8], [.. "Z9"u8], [.. " "u8], [.. "/"u8], [.. "."u8], [.. ".."u8], [.. "%2f"u8], [.. "%00"u8], [.. "'"u8], [.. "''; drop table events;--"u8], [.. "$1"u8],
        [.. "${x}"u8], [.. "<script>"u8], [.. "\u007f"u8], [.. "ä"u8], [.. "€"u8], [.. "😀"u8], [.. "\u200d"u8], [.. "\u202e"u8], [.. "\u2028"u8], [.. "\uFEFF"u8],
        [.. "\uFFFF"u8], [.. "\\\""u8], [.. "\\\\"u8], [.. "\\/"u8], [.. "\\b\\f\\n\\r\\t"u8], [.. "\\\\."u8], [.. "\\u0041"u8], [.. "\\u00e4"u8], [.. "\\uFFFD"u8],
        [.. "\\u0001"u8], [.. "\\ud83d\\ude00"u8], [.. "\\uDBFF\\uDFFF"u8], [.. "\\u007F"u8],
    ];

    private static readonly byte[][] Faults =
        [[.. "\\u0000"u8], [.. "\\ud83d"u8], [.. "\\ude00"u8], [.. "\\ud83d\\ud83d\\ude00"u8], [.. "\\ud83d\\n"u8], [.. "\\ud83d😀"u8], [.. "\\ude00\\ud83d"u8]];

    private static readonly byte[][] Lengths = [[.. "x"u8], [.. "ä"u8], [.. "€"u8], [.. "😀"u8], [.. "\\u0078"u8], [.. "\\ud83d\\ude00"u8], [.. "\\n"u8]];

    /// <summary>Appends a text of a few pieces, now and then one around a limit on characters.</summary>
    /// <param name="dice">The dice.</param>
    /// <param name="to">Where to.</param>
    /// <param name="limit">The limit.</param>
    public static void Append(Dice dice, List<byte> to, int limit)
    {
        if (dice.OneIn(24))
        {
            var piece = dice.Pick<byte[]>(Lengths);
            for (var count = Math.Max(0, limit - 2 + dice.Below(5)); count > 0; count--) to.AddRange(piece);
            return;
        }
        for (var count = dice.OneIn(40) ? 0 : 1 + dice.Skewed(6); count > 0; count--)
            to.AddRange(dice.OneIn(80) ? dice.Pick<byte[]>(Faults) : dice.Pick<byte[]>(Pieces));
    }

    /// <summary>Appends a text with some of its plain characters as escapes.</summary>
    public static void AppendEscaped(Dice dice, List<byte> to, string text)
    {
        foreach (var c in text)
            if (dice.OneIn(3)) to.AddRange(Encoding.ASCII.GetBytes(dice.OneIn(2) ? $"\\u{(int)c:x4}" : $"\\u{(int)c:X4}"));
            else to.Add((byte)c);
    }
}
