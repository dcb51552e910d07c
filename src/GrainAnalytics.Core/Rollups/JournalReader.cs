using GrainAnalytics.Core.Text;

namespace GrainAnalytics.Core.Rollups;

/// <summary>Reads what <see cref="JournalWriter"/> packed.</summary>
public static class JournalReader
{
    /// <summary>The events, in the order in which they were added; their texts are slices of the bytes.</summary>
    /// <exception cref="InvalidDataException">The bytes are no journal of a known version.</exception>
    public static List<JournalEvent> Read(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.IsEmpty || bytes.Span[0] != JournalWriter.Version) throw new InvalidDataException("Not a journal of a known version.");
        var events = new List<JournalEvent>();
        var texts = new List<Utf8Text>();
        var rest = bytes[1..];
        var time = 0L;
        while (!rest.IsEmpty)
        {
            var flags = rest.Span[0];
            rest = rest[1..];
            time += Signed(ref rest);
            var user = Text(ref rest, texts);
            var session = (flags & JournalWriter.Session) != 0 ? Text(ref rest, texts) : default;
            var path = (flags & JournalWriter.Path) != 0 ? Text(ref rest, texts) : default;
            var context = (flags & JournalWriter.Context) != 0 ? Text(ref rest, texts) : default;
            var engaged = (flags & JournalWriter.Engaged) != 0 ? (int)Math.Min(int.MaxValue, Number(ref rest)) : 0;
            events.Add(new JournalEvent(time, user, session, path, context, engaged, (flags & JournalWriter.Counted) != 0, (flags & JournalWriter.PageView) != 0));
        }
        return events;
    }

    private static Utf8Text Text(ref ReadOnlyMemory<byte> rest, List<Utf8Text> texts)
    {
        var number = Number(ref rest);
        if (number > (ulong)texts.Count) throw new InvalidDataException("A text is repeated that did not come before.");
        if (number > 0) return texts[(int)number - 1];
        var length = Number(ref rest);
        if (length > (ulong)rest.Length) throw new InvalidDataException("A text ends too early.");
        var text = new Utf8Text(rest[..(int)length]);
        rest = rest[(int)length..];
        texts.Add(text);
        return text;
    }

    private static ulong Number(ref ReadOnlyMemory<byte> rest)
    {
        var span = rest.Span;
        var value = Varint.Read(ref span);
        rest = rest[^span.Length..];
        return value;
    }

    private static long Signed(ref ReadOnlyMemory<byte> rest)
    {
        var span = rest.Span;
        var value = Varint.ReadSigned(ref span);
        rest = rest[^span.Length..];
        return value;
    }
}
