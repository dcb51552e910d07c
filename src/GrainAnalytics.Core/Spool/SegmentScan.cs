namespace GrainAnalytics.Core.Spool;

/// <summary>What a file of the spool holds.</summary>
/// <param name="Records">Whole and undamaged events, in order.</param>
/// <param name="Damaged">Ranges that hold none, although something was written there.</param>
/// <param name="Length">Where the file ends when a write that did not come to its end is cut off.</param>
public sealed record SegmentScan(IReadOnlyList<SpoolRecord> Records, IReadOnlyList<(int Start, int End)> Damaged, int Length)
{
    /// <summary>Reads a file's bytes; whatever they are, this ends and finds every undamaged event.</summary>
    /// <param name="file">The bytes, which the events go on to use.</param>
    /// <param name="length">How many of them count.</param>
    /// <param name="salt">The file's salt.</param>
    public static SegmentScan Read(byte[] file, int length, uint salt)
    {
        var records = new List<SpoolRecord>();
        var damaged = new List<(int, int)>();
        var at = 0;
        while (at < length)
        {
            if (SpoolFrame.TryRead(file, length, at, salt, out var record))
            {
                records.Add(record);
                at += SpoolFrame.SizeOf(record.Event);
                continue;
            }
            var next = SpoolFrame.FindNext(file, length, at + 1, salt);
            if (next < 0 && SpoolFrame.IsTorn(file.AsSpan(at, length - at))) break;
            damaged.Add((at, next < 0 ? length : next));
            at = damaged[^1].Item2;
        }
        return new SegmentScan(records, damaged, at);
    }
}
