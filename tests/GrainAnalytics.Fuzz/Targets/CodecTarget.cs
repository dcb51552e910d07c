using System.Buffers.Binary;
using System.Text;
using GrainAnalytics.Core.Enrichment;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Journeys;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Fuzz.Generation;
using GrainAnalytics.Fuzz.Model;

namespace GrainAnalytics.Fuzz.Targets;

/// <summary>Event blocks: what is encoded is decoded to the same fields; any other bytes are refused, or are an event of
/// which everything can be asked.</summary>
/// <remarks>The first byte chooses: the parts of an event follow, or blocks as they are.</remarks>
internal sealed class CodecTarget : IFuzzTarget
{
    private const int Header = 48, FactsHeader = 2;
    private readonly Mutator _mutator = new([]);

    public void Make(Dice dice, List<byte> input)
    {
        input.Add((byte)dice.Below(2));
        if (input[0] == 0)
        {
            AddParts(dice, input);
            return;
        }
        for (var blocks = 1 + dice.Skewed(3); blocks > 0; blocks--)
        {
            var parts = new List<byte>();
            AddParts(dice, parts);
            input.AddRange(Encode([.. parts]).Block.Span);
        }
        if (dice.OneIn(8)) return;
        if (dice.OneIn(2)) input[1 + dice.Below(Math.Min(Header, input.Count - 1))] = (byte)dice.Next();
        else _mutator.Change(dice, input, from: 1);
    }

    public string Check(byte[] input)
    {
        if (input.Length == 0) return "nothing";
        return input[0] % 2 == 0 ? CheckParts(input[1..]) : CheckBlocks(input[1..]);
    }

    private static void AddParts(Dice dice, List<byte> to)
    {
        to.Add((byte)dice.Below(16));
        AddTime(dice, to);
        AddTime(dice, to);
        for (var i = 0; i < 2; i++) to.AddRange(BitConverter.GetBytes(dice.Next()));
        var texts = 0;
        for (var i = 0; i < 5; i++)
        {
            var length = dice.OneIn(500) ? 65_535 - dice.Below(3) : dice.Skewed(40);
            to.AddRange(BitConverter.GetBytes((ushort)length));
            texts += length;
        }
        to.Add((byte)dice.Below(256));      // bytes that facts are made of
        for (var rest = texts + 256 + dice.Skewed(200); rest > 0; rest--) to.Add((byte)dice.Next());
    }

    private static void AddTime(Dice dice, List<byte> to) => to.AddRange(BitConverter.GetBytes(dice.Below(8) switch
    {
        0 => (long)dice.Next(),
        1 => Instant.FromDateTime(DateTime.MaxValue) + dice.Below(3) - 1,
        2 => Instant.FromDateTime(DateTime.MinValue) + dice.Below(3) - 1,
        _ => (long)(dice.Next() >>> 13),
    }));

    private static EventParts Parts(ReadOnlySpan<byte> input, out FactsModel facts)
    {
        var reader = new ByteReader(input);
        var flags = reader.Byte();
        var parts = new EventParts
        {
            IdIsKeyText = (flags & 1) != 0, HasSession = (flags & 2) != 0, HasAnonymousId = (flags & 4) != 0,
            OccurredAt = reader.Int64(), ReceivedAt = reader.Int64(), Key = new EventKey((ulong)reader.Int64(), (ulong)reader.Int64()),
        };
        int id = reader.UInt16(), type = reader.UInt16(), user = reader.UInt16(), session = reader.UInt16(), anonymous = reader.UInt16();
        facts = new FactsModel((flags & 8) != 0 ? reader.Take(reader.Byte()) : []);
        parts.Id = reader.Take(id);
        parts.Type = reader.Take(type);
        parts.UserId = reader.Take(user);
        parts.SessionId = reader.Take(session);
        parts.AnonymousId = reader.Take(anonymous);
        parts.Payload = reader.Left;
        parts.Facts = facts.Written;
        return parts;
    }

    private static EncodedEvent Encode(byte[] input) => EventEncoder.Encode(Parts(input, out _));

    private static string CheckParts(byte[] input)
    {
        var parts = Parts(input, out var facts);
        var block = EventEncoder.Encode(parts).Block.ToArray();
        var isTime = IsTime(parts.OccurredAt) && IsTime(parts.ReceivedAt);
        FuzzFailure.UnlessEqual(isTime, EventEncoder.TryDecode(block, out var read), "decoded");
        if (!isTime) return "times of no year";
        FuzzFailure.UnlessEqual((parts.Key, parts.IdIsKeyText, parts.HasSession, parts.HasAnonymousId, parts.OccurredAt, parts.ReceivedAt),
            (read.Key, read.IdIsKeyText, read.HasSession, read.HasAnonymousId, read.OccurredAt, read.ReceivedAt), "header");
        Same(parts.IdIsKeyText ? [] : parts.Id, read.IdBytes, "id");
        Same(parts.Type, read.Type, "type");
        Same(parts.UserId, read.UserId, "user");
        Same(parts.HasSession ? parts.SessionId : [], read.SessionId, "session");
        Same(parts.HasAnonymousId ? parts.AnonymousId : [], read.AnonymousId, "anonymous id");
        Same(parts.Payload, read.Payload, "payload");
        Same(parts.Facts, read.Facts, "facts");
        facts.Check(new EventFacts(read.Facts));
        // Cut off, it is the block that would have been made without facts.
        parts.Facts = default;
        Same(EventEncoder.Encode(parts).Block.Span, read.WithoutFacts().Block, "block without facts");
        FuzzFailure.Unless(read.WithoutFacts() == read, "an event is the same without its facts");
        if (parts.IdIsKeyText) FuzzFailure.UnlessEqual(parts.Key.ToGuid().ToString(), read.IdText, "id's text");
        // Somewhere inside other bytes, too; and one byte short of its end it is no block.
        byte[] around = [0xff, 0xff, .. block, 0xff];
        FuzzFailure.Unless(EventEncoder.TryDecode(around, 2, out var inside) && inside == read, "a block among others");
        FuzzFailure.Unless(!EventEncoder.TryDecode(block[..^1], out _), "a block cut by a byte");
        return read.HasFacts ? "encoded with facts" : "encoded";
    }

    private static string CheckBlocks(byte[] blocks)
    {
        var (at, count) = (0, 0);
        EncodedEvent previous = default;
        while (EventEncoder.TryDecode(blocks, at, out var read))
        {
            FuzzFailure.Unless(read.Size >= Header && at + read.Size <= blocks.Length, $"a block of {read.Size} bytes at {at} of {blocks.Length}");
            AskAll(read, previous);
            at += read.Size;
            previous = read;
            count++;
        }
        return at == blocks.Length ? "blocks" : count > 0 ? "some blocks" : "no block";
    }

    private static void AskAll(EncodedEvent read, EncodedEvent previous)
    {
        FuzzFailure.UnlessEqual(read.Size, Header + read.IdBytes.Length + read.Type.Length + read.UserId.Length + read.SessionId.Length
            + read.AnonymousId.Length + read.Payload.Length + (read.HasFacts ? FactsHeader + read.Facts.Length : 0), "sum of the parts");
        FuzzFailure.UnlessEqual(read.HasFacts, read.Facts.Length > 0, "facts");
        FactsModel.AskAll(read.Facts);
        _ = (read.UserIdText, read.IdText, Instant.ToText(read.OccurredAt), Instant.ToText(read.ReceivedAt), read.Key.ToGuid());
        if (!read.HasSession) FuzzFailure.UnlessEqual(0, read.SessionId.Length, "session of an event without one");
        if (!read.HasAnonymousId) FuzzFailure.UnlessEqual(0, read.AnonymousId.Length, "anonymous id of an event without one");
        if (!previous.IsEmpty) FuzzFailure.UnlessEqual(Math.Sign(EventPosition.Compare(read, previous)), -Math.Sign(EventPosition.Compare(previous, read)), "order");
    }

    private static bool IsTime(long microseconds) =>
        new Int128(microseconds < 0 ? ulong.MaxValue : 0, (ulong)microseconds) * 10 + DateTime.UnixEpoch.Ticks is var ticks && ticks >= 0 && ticks <= DateTime.MaxValue.Ticks;

    private static void Same(ReadOnlySpan<byte> expected, ReadOnlyMemory<byte> found, string what) =>
        FuzzFailure.Unless(found.Span.SequenceEqual(expected), $"{what}: expected {Encoding.Latin1.GetString(expected)}, found {Encoding.Latin1.GetString(found.Span)}");
}
