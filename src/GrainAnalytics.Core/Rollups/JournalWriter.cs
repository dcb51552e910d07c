using System.Buffers;
using GrainAnalytics.Core.Text;

namespace GrainAnalytics.Core.Rollups;

/// <summary>Packs the events of one write and site for the journal, from which rollups are brought up to date. A text stands in it once,
/// however many events have it.</summary>
/// <remarks>Version 1: version u8, then for each event: flags u8 · occurredAt, the difference to the event before · user · with their flags: session, path,
/// context, engaged milliseconds. A text is 0, its length and its bytes, or the number of the text it repeats, from 1 in the order of appearance.</remarks>
public sealed class JournalWriter
{
    internal const byte Version = 1, Counted = 1, PageView = 2, Session = 4, Path = 8, Context = 16, Engaged = 32;

    private readonly ArrayBufferWriter<byte> _bytes = new(4096);
    private readonly Dictionary<Utf8Text, int> _texts = [];
    private long _time;

    /// <summary>Starts an empty one.</summary>
    public JournalWriter()
    {
        _bytes.GetSpan(1)[0] = Version;
        _bytes.Advance(1);
    }

    /// <summary>The bytes so far.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes.WrittenMemory;

    /// <summary>Adds an event.</summary>
    public void Add(in JournalEvent value)
    {
        var flags = (value.IsCounted ? Counted : 0) | (value.IsPageView ? PageView : 0) | (value.HasSession ? Session : 0)
            | (value.HasPath ? Path : 0) | (value.Context.Bytes.IsEmpty ? 0 : Context) | (value.EngagedMs > 0 ? Engaged : 0);
        _bytes.GetSpan(1)[0] = (byte)flags;
        _bytes.Advance(1);
        Varint.WriteSigned(_bytes, value.OccurredAt - _time);
        _time = value.OccurredAt;
        Write(value.UserId);
        if ((flags & Session) != 0) Write(value.Session);
        if ((flags & Path) != 0) Write(value.Path);
        if ((flags & Context) != 0) Write(value.Context);
        if ((flags & Engaged) != 0) Varint.Write(_bytes, (ulong)value.EngagedMs);
    }

    private void Write(Utf8Text text)
    {
        if (_texts.TryGetValue(text, out var number))
        {
            Varint.Write(_bytes, (ulong)number);
            return;
        }
        _texts.Add(text, _texts.Count + 1);
        Varint.Write(_bytes, 0);
        Varint.Write(_bytes, (ulong)text.Bytes.Length);
        _bytes.Write(text.Bytes.Span);
    }
}
