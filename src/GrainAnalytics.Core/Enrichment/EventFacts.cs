using System.Buffers.Binary;
using System.Text.Unicode;
using GrainAnalytics.Core.Text;

namespace GrainAnalytics.Core.Enrichment;

/// <summary>Reads the facts that travel behind an event's payload.</summary>
/// <remarks>
/// Each fact is its number (u8), the length of its value (u16, little-endian) and the value; in ascending order, none twice,
/// an unknown one not at all. What only this event has comes first, so that what the events of a visit share is one piece at
/// the end: <see cref="ContextBytes"/>. Texts are UTF-8 without U+0000.
/// </remarks>
/// <param name="bytes">Facts that <see cref="FactsWriter"/> wrote or <see cref="IsSound"/> accepts; empty for none.</param>
public readonly struct EventFacts(ReadOnlyMemory<byte> bytes)
{
    /// <summary>Longest text but the path, in characters (Unicode code points).</summary>
    public const int MaxCharacters = 200;

    /// <summary>Longest path, in bytes.</summary>
    public const int MaxPathBytes = 2000;

    /// <summary>Most bytes that facts may have.</summary>
    public const int MaxSize = HeaderSize + HeaderSize + sizeof(int) + HeaderSize + MaxPathBytes + ContextFacts * (HeaderSize + MaxTextBytes);

    internal const int HeaderSize = 3, MaxTextBytes = 4 * MaxCharacters;
    private const int ContextFacts = Fact.Os - Fact.Host + 1;

    /// <summary>True when a crawler sent the event.</summary>
    public bool IsBot => IsBotIn(bytes.Span);

    /// <summary>Milliseconds of attention; 0 when nobody said.</summary>
    public int EngagedMs => this[Fact.EngagedMs].Span is { Length: sizeof(int) } value ? BinaryPrimitives.ReadInt32LittleEndian(value) : 0;

    /// <summary>The value of a fact, or empty when it is not known.</summary>
    public ReadOnlyMemory<byte> this[Fact fact]
    {
        get
        {
            foreach (var (found, value) in this)
            {
                if (found == fact) return value;
                if (found > fact) break;
            }
            return default;
        }
    }

    /// <summary>All of the facts that the events of a visit mostly share: everything but whether it was a bot, the attention and the path.</summary>
    public ReadOnlyMemory<byte> ContextBytes
    {
        get
        {
            var at = 0;
            while (at < bytes.Length && bytes.Span[at] < (byte)Fact.Host) at += HeaderSize + LengthAt(bytes.Span, at);
            return bytes[at..];
        }
    }

    /// <summary>The facts in order.</summary>
    public Enumerator GetEnumerator() => new(bytes);

    /// <summary>True when bytes are facts that <see cref="FactsWriter"/> could have written.</summary>
    public static bool IsSound(ReadOnlySpan<byte> facts)
    {
        if (facts.Length > MaxSize) return false;
        for (var last = 0; facts.Length > 0;)
        {
            if (facts.Length < HeaderSize || facts[0] <= last) return false;
            last = facts[0];
            var length = LengthAt(facts, 0);
            if (length > facts.Length - HeaderSize || !IsValue((Fact)last, facts.Slice(HeaderSize, length))) return false;
            facts = facts[(HeaderSize + length)..];
        }
        return true;
    }

    internal static bool IsBotIn(ReadOnlySpan<byte> facts) => facts.Length > 0 && facts[0] == (byte)Fact.Bot;

    private static int LengthAt(ReadOnlySpan<byte> facts, int at) => BinaryPrimitives.ReadUInt16LittleEndian(facts[(at + 1)..]);

    private static bool IsValue(Fact fact, ReadOnlySpan<byte> value) => fact switch
    {
        Fact.Bot => value.IsEmpty,
        Fact.EngagedMs => value.Length == sizeof(int) && BinaryPrimitives.ReadInt32LittleEndian(value) > 0,
        Fact.Path => value.Length is > 0 and <= MaxPathBytes && IsText(value),
        >= Fact.Host and <= Fact.Os => value.Length is > 0 and <= MaxTextBytes && IsText(value)
            && (value.Length <= MaxCharacters || JsonText.CountCharacters(value) <= MaxCharacters),
        _ => false,
    };

    private static bool IsText(ReadOnlySpan<byte> value) => !value.Contains((byte)0) && Utf8.IsValid(value);

    /// <summary>Goes through the facts; each value is a piece of their bytes.</summary>
    public struct Enumerator(ReadOnlyMemory<byte> bytes)
    {
        private int _next;

        /// <summary>The fact and its value.</summary>
        public (Fact Fact, ReadOnlyMemory<byte> Value) Current { get; private set; }

        /// <summary>Goes on to the next one.</summary>
        public bool MoveNext()
        {
            if (_next >= bytes.Length) return false;
            var length = LengthAt(bytes.Span, _next);
            Current = ((Fact)bytes.Span[_next], bytes.Slice(_next + HeaderSize, length));
            _next += HeaderSize + length;
            return true;
        }
    }
}
