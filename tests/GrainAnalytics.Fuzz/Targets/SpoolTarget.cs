using System.Buffers.Binary;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Spool;
using GrainAnalytics.Fuzz.Generation;
using GrainAnalytics.Fuzz.Model;

namespace GrainAnalytics.Fuzz.Targets;

/// <summary>Files of the spool: whatever happened to the bytes, every whole event is found, nothing else passes for one, and
/// what is no event is set aside or, at the end, cut off.</summary>
/// <remarks>The input is a file.</remarks>
internal sealed class SpoolTarget : IFuzzTarget
{
    private const uint Salt = 0x5eed_f11e;
    private readonly Mutator _mutator = new([[.. "GASP"u8], [.. "GASPGASP"u8, 1, 0, 0, 0, 0, 0, 0, 0]]);

    public void Make(Dice dice, List<byte> input)
    {
        for (var parts = dice.Skewed(5); parts >= 0; parts--)
            switch (dice.Below(10))
            {
                case 0: input.AddRange(new byte[dice.Below(40)]); break;
                case 1: input.AddRange(Frame(dice, (uint)dice.Next())); break;        // of another file
                case 2: input.AddRange(Frame(dice, Salt).AsSpan(0, dice.Below(60))); break;
                case 4: input.AddRange(Longer(Frame(dice, Salt), 1 + dice.Below(20))); break;
                case 3: for (var noise = dice.Below(30); noise > 0; noise--) input.Add((byte)dice.Next()); break;
                default: input.AddRange(Frame(dice, Salt)); break;
            }
        if (dice.OneIn(2)) _mutator.Change(dice, input);
    }

    public string Check(byte[] input)
    {
        var (frames, length) = SpoolModel.Read(input, Salt);
        var scan = SegmentScan.Read(input, input.Length, Salt);
        FuzzFailure.UnlessEqual(string.Join(' ', frames), string.Join(' ', scan.Records.Select(record => (record.Offset, record.Offset + SpoolFrame.SizeOf(record.Event)))), "events");
        FuzzFailure.UnlessEqual(length, scan.Length, "end");
        // Between the events, and nowhere else, is what was set aside.
        var gaps = new List<(int, int)>();
        var at = 0;
        foreach (var (start, end) in frames)
        {
            if (start > at) gaps.Add((at, start));
            at = end;
        }
        if (at < length) gaps.Add((at, length));
        FuzzFailure.UnlessEqual(string.Join(' ', gaps), string.Join(' ', scan.Damaged), "damage");
        foreach (var record in scan.Records)
            FuzzFailure.Unless(SpoolFrame.TryRead(input, input.Length, record.Offset, Salt, out var again) && again.Event == record.Event && again.SiteId == record.SiteId, "an event read alone");
        var cut = length < input.Length ? ", cut" : "";
        return (frames.Count, gaps.Count) switch { (0, 0) => "empty" + cut, (0, _) => "damage" + cut, (_, 0) => "events" + cut, _ => "events and damage" + cut };
    }

    // A right checksum around an event with something behind it.
    private static byte[] Longer(byte[] frame, int by)
    {
        byte[] longer = [.. frame, .. new byte[by]];
        BinaryPrimitives.WriteInt32LittleEndian(longer.AsSpan(4), longer.Length - SpoolFrame.HeaderSize);
        BinaryPrimitives.WriteUInt32LittleEndian(longer.AsSpan(8), SpoolModel.Checksum(longer, Salt));
        return longer;
    }

    private static byte[] Frame(Dice dice, uint salt)
    {
        Span<byte> bytes = stackalloc byte[160];
        foreach (ref var each in bytes) each = (byte)dice.Next();
        // Frames inside of frames: a sender knows what one looks like.
        if (dice.OneIn(4)) "GASP\u0010\0\0\0"u8.CopyTo(bytes[dice.Below(120)..]);
        var value = EventEncoder.Encode(new EventParts
        {
            Key = new EventKey(dice.Next(), dice.Next()), IdIsKeyText = dice.OneIn(2), OccurredAt = (long)(dice.Next() >>> 14), ReceivedAt = (long)(dice.Next() >>> 14),
            Id = bytes[..dice.Below(20)], Type = bytes[20..(21 + dice.Below(20))], UserId = bytes[40..(41 + dice.Below(20))], Payload = bytes[60..(60 + dice.Below(100))],
        });
        var frame = new byte[SpoolFrame.SizeOf(value)];
        SpoolFrame.Write(frame, salt, dice.Below(3), value);
        return frame;
    }
}
