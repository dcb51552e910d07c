using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Spool;
using GrainAnalytics.Testing;
using Xunit;

namespace GrainAnalytics.Core.Tests.Spool;

public sealed class SegmentScanTests
{
    private const uint Salt = 0x5eed1234;

    [Fact]
    public void Cut_anywhere_leaves_exactly_the_whole_events_before()
    {
        var (bytes, ends) = Make(4);
        for (var length = 0; length <= bytes.Length; length++)
        {
            var scan = SegmentScan.Read(bytes, length, Salt);
            var whole = ends.Count(end => end <= length);
            Assert.Equal(whole, scan.Records.Count);
            Assert.Empty(scan.Damaged);
            Assert.Equal(whole == 0 ? 0 : ends[whole - 1], scan.Length);
        }
    }

    [Fact]
    public void Any_changed_byte_costs_the_event_it_is_in_and_no_other()
    {
        var (bytes, ends) = Make(4);
        var events = SegmentScan.Read(bytes, bytes.Length, Salt).Records;
        for (var at = 0; at < bytes.Length; at++)
        {
            foreach (var flip in (byte[])[1, 0x80, 0xff])
            {
                var damaged = (byte[])bytes.Clone();
                damaged[at] ^= flip;
                var hit = ends.Count(end => end <= at);
                var scan = SegmentScan.Read(damaged, damaged.Length, Salt);
                Assert.Equal(events.Where((_, i) => i != hit).Select(record => TestEvents.Describe(record.Event)), scan.Records.Select(record => TestEvents.Describe(record.Event)));
                // Of the last event a changed length looks like a write that did not end; of all others it is damage.
                if (hit < 3) Assert.Equal((hit == 0 ? 0 : ends[hit - 1], ends[hit]), Assert.Single(scan.Damaged));
                else Assert.True(scan.Damaged.Count == 1 || scan.Length == ends[2]);
            }
        }
    }

    [Fact]
    public void Anything_is_read_to_its_end_and_every_event_in_it_found()
    {
        for (var seed = 0; seed < 2000; seed++)
        {
            var random = new Random(seed);
            var file = new List<byte>();
            var expected = new List<string>();
            for (var part = 0; part < 6; part++)
            {
                var (bytes, _) = Make(1 + random.Next(3), seed * 10 + part);
                switch (random.Next(4))
                {
                    case 0: file.AddRange(Noise(random, random.Next(60))); break;
                    case 1: file.AddRange(bytes[..random.Next(Math.Min(40, bytes.Length))]); break;
                    case 2: file.AddRange(new byte[random.Next(60)]); break;
                    default:
                        file.AddRange(bytes);
                        expected.AddRange(SegmentScan.Read(bytes, bytes.Length, Salt).Records.Select(record => TestEvents.Describe(record.Event)));
                        break;
                }
            }
            var scan = SegmentScan.Read([.. file], file.Count, Salt);
            Assert.Equal(expected, scan.Records.Select(record => TestEvents.Describe(record.Event)));
            Assert.InRange(scan.Length, 0, file.Count);
            Assert.True(scan.Damaged.Zip(scan.Damaged.Skip(1)).All(pair => pair.First.End <= pair.Second.Start), $"seed {seed}");
        }
    }

    [Fact]
    public void Frame_inside_a_payload_does_not_become_an_event_when_the_one_around_it_is_damaged()
    {
        // A sender knows the format and not the file's salt.
        var inner = TestEvents.Make("victim");
        var forged = new byte[SpoolFrame.SizeOf(inner)];
        SpoolFrame.Write(forged, 0, 99, inner);
        var parts = new EventParts { Type = "t"u8, UserId = "u"u8, Id = "outer"u8, Payload = forged, Key = EventKey.Of("outer"u8, out _) };
        var outer = EventEncoder.Encode(parts);
        var file = new byte[SpoolFrame.SizeOf(outer)];
        SpoolFrame.Write(file, Salt, 1, outer);
        file[20] ^= 1;
        var scan = SegmentScan.Read(file, file.Length, Salt);
        Assert.Empty(scan.Records);
        Assert.Equal((0, file.Length), Assert.Single(scan.Damaged));
    }

    private static byte[] Noise(Random random, int length)
    {
        var noise = new byte[length];
        random.NextBytes(noise);
        if (length > 4 && random.Next(2) == 0) "GASP"u8.CopyTo(noise.AsSpan(random.Next(length - 4)));
        return noise;
    }

    private static (byte[] Bytes, int[] Ends) Make(int count, int seed = 0)
    {
        var events = Enumerable.Range(0, count).Select(i => TestEvents.Make($"u{i}", id: $"{seed}-{i}", payload: $$"""{"n":{{i}}}""", received: 1)).ToArray();
        var bytes = new byte[events.Sum(SpoolFrame.SizeOf)];
        var ends = new int[count];
        var at = 0;
        for (var i = 0; i < count; i++)
        {
            SpoolFrame.Write(bytes.AsSpan(at), Salt, 1, events[i]);
            ends[i] = at += SpoolFrame.SizeOf(events[i]);
        }
        return (bytes, ends);
    }
}
