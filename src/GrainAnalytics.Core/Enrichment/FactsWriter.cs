using System.Buffers.Binary;
using GrainAnalytics.Core.Text;

namespace GrainAnalytics.Core.Enrichment;

/// <summary>Writes facts as <see cref="EventFacts"/> describes; in ascending order, each at most once.</summary>
/// <param name="to">At least <see cref="EventFacts.MaxSize"/> bytes.</param>
public ref struct FactsWriter(Span<byte> to)
{
    private readonly Span<byte> _to = to;
    private int _written;
    private byte _last;

    /// <summary>Bytes written.</summary>
    public readonly int Size => _written;

    /// <summary>Notes that a crawler sent the event.</summary>
    public void AddBot() => Append(Fact.Bot, []);

    /// <summary>Adds the attention; nothing unless it is more than zero.</summary>
    public void AddEngagedMs(int milliseconds)
    {
        if (milliseconds <= 0) return;
        Span<byte> value = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(value, milliseconds);
        Append(Fact.EngagedMs, value);
    }

    /// <summary>Adds a text, cut at its longest; nothing when it is empty or holds U+0000, which cannot be stored.</summary>
    /// <param name="fact">The path or any fact behind it.</param>
    /// <param name="text">UTF-8.</param>
    public void Add(Fact fact, scoped ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || text.Contains((byte)0)) return;
        Append(fact, fact == Fact.Path ? CutBytes(text, EventFacts.MaxPathBytes) : CutCharacters(text, EventFacts.MaxCharacters));
    }

    /// <summary>Adds facts that another writer wrote, all of them behind those that are here.</summary>
    public void AddWritten(scoped ReadOnlySpan<byte> facts)
    {
        if (facts.IsEmpty) return;
        Advance((Fact)facts[0]);
        facts.CopyTo(_to[_written..]);
        _written += facts.Length;
        _last = byte.MaxValue;
    }

    private void Append(Fact fact, scoped ReadOnlySpan<byte> value)
    {
        Advance(fact);
        var to = _to[_written..];
        to[0] = (byte)fact;
        BinaryPrimitives.WriteUInt16LittleEndian(to[1..], (ushort)value.Length);
        value.CopyTo(to[EventFacts.HeaderSize..]);
        _written += EventFacts.HeaderSize + value.Length;
    }

    private void Advance(Fact fact)
    {
        if ((byte)fact <= _last) throw new InvalidOperationException($"{fact} comes too late: facts are written in ascending order.");
        _last = (byte)fact;
    }

    private static ReadOnlySpan<byte> CutCharacters(ReadOnlySpan<byte> text, int most)
    {
        if (text.Length <= most || JsonText.CountCharacters(text) <= most) return text;
        var end = 0;
        for (var left = most; end < text.Length; end++)
            if ((text[end] & 0xc0) != 0x80 && left-- == 0) break;
        return text[..end];
    }

    private static ReadOnlySpan<byte> CutBytes(ReadOnlySpan<byte> text, int most)
    {
        if (text.Length <= most) return text;
        while ((text[most] & 0xc0) == 0x80) most--;
        return text[..most];
    }
}
