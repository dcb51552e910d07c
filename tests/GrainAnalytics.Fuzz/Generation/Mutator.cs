using System.Runtime.InteropServices;

namespace GrainAnalytics.Fuzz.Generation;

/// <summary>Damages bytes the way transports, bugs and attackers do: bits, bytes, tokens, ranges, cuts, and parts of others.</summary>
internal sealed class Mutator(IReadOnlyList<byte[]> others)
{
    private static readonly byte[] Interesting =
        [.. "{}[]\",:\\/u0-+.eEtfn \t\r\n"u8, 0, 1, 0x1f, 0x7f, 0x80, 0xa0, 0xbf, 0xc0, 0xc3, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff];

    private static readonly byte[][] Tokens =
    [
        [.. "null"u8], [.. "true"u8], [.. "false"u8], [.. "{}"u8], [.. "[]"u8], [.. "\"\""u8], [.. ","u8], [.. ",,"u8], [.. ":"u8], [.. "\\"u8],
        [.. "\\u0000"u8], [.. "\\ud800"u8], [.. "\\udc00"u8], [.. "\\ud83d\\ude00"u8], [.. "\\u00"u8], [.. "\\\""u8], [.. "\""u8],
        [.. "-0"u8], [.. "1e999999"u8], [.. "-1E-999"u8], [.. "99999999999999999999999999"u8], [.. "0.1"u8], [.. "01"u8], [.. "NaN"u8],
        [.. "\n"u8], [.. "\r\n"u8], [.. "\u2028"u8], [.. "\uFEFF"u8], [.. "//"u8], [.. "/**/"u8], [.. "'"u8],
        [.. "__proto__"u8], [.. "\"type\":"u8], [.. "\"userId\":"u8], [.. "\"eventId\":"u8], [.. "\"payload\":{"u8], [.. "\"type\":null,"u8],
        [0xff, 0xff, 0xff, 0xff], [0, 0, 0, 0], [0xff, 0xff, 0xff, 0x7f], [0, 0, 0, 0x80], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82],
    ];

    /// <summary>Makes one to a few changes, from a place on.</summary>
    public void Change(Dice dice, List<byte> bytes, int from = 0)
    {
        for (var changes = 1 + dice.Skewed(7); changes > 0; changes--)
            if (bytes.Count > from) ChangeOnce(dice, bytes, from);
            else Insert(dice, bytes, bytes.Count);
    }

    private void ChangeOnce(Dice dice, List<byte> bytes, int from)
    {
        var at = from + dice.Below(bytes.Count - from);
        var length = Math.Min(1 + dice.Skewed(32), bytes.Count - at);
        switch (dice.Below(12))
        {
            case 0: bytes[at] ^= (byte)(1 << dice.Below(8)); break;
            case 1: bytes[at] = dice.Pick<byte>(Interesting); break;
            case 2: bytes[at] = (byte)dice.Below(256); break;
            case 3: bytes[at] += (byte)(dice.Below(5) - 2); break;
            case 4: bytes.RemoveRange(at, length); break;
            case 5: bytes.RemoveAt(at); break;
            case 6: bytes.RemoveRange(at, bytes.Count - at); break;
            case 7: Repeat(dice, bytes, at, length); break;
            case 8: Swap(dice, bytes, from, at); break;
            case 9: Splice(dice, bytes, at); break;
            default: Insert(dice, bytes, at); break;
        }
    }

    private static void Insert(Dice dice, List<byte> bytes, int at)
    {
        if (dice.OneIn(2)) bytes.Insert(at, dice.Pick<byte>(Interesting));
        else bytes.InsertRange(at, dice.Pick<byte[]>(Tokens));
    }

    private static void Repeat(Dice dice, List<byte> bytes, int at, int length)
    {
        var part = bytes.GetRange(at, length);
        for (var times = 1 + dice.Skewed(40); times > 0; times--) bytes.InsertRange(at, part);
    }

    private static void Swap(Dice dice, List<byte> bytes, int from, int at)
    {
        var other = from + dice.Below(bytes.Count - from);
        (bytes[at], bytes[other]) = (bytes[other], bytes[at]);
    }

    private void Splice(Dice dice, List<byte> bytes, int at)
    {
        if (others.Count == 0) return;
        var other = others[dice.Below(others.Count)];
        if (other.Length == 0) return;
        var start = dice.Below(other.Length);
        var part = other.AsSpan(start, Math.Min(1 + dice.Skewed(200), other.Length - start));
        if (dice.OneIn(2)) CollectionsMarshal.SetCount(bytes, at);      // the beginning of one, the rest of the other
        bytes.InsertRange(at, part);
    }
}
