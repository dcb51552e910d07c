using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Journeys;
using GrainAnalytics.Fuzz.Generation;

namespace GrainAnalytics.Fuzz.Targets;

/// <summary>Cursors of journeys, which clients send back or make up: refused, or a place that can be compared with any event
/// and that PostgreSQL can compare too.</summary>
internal sealed class CursorTarget : IFuzzTarget
{
    private static readonly EncodedEvent Other = EventEncoder.Encode(new EventParts { Id = "m"u8, Type = "t"u8, UserId = "u"u8, Payload = "{}"u8, OccurredAt = 1_790_000_000_000_000 });
    private readonly Mutator _mutator = new([]);

    public void Make(Dice dice, List<byte> input)
    {
        var bytes = new List<byte>(new byte[8]);
        BinaryPrimitives.WriteInt64BigEndian(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(bytes), dice.OneIn(4) ? (long)dice.Next() : 1_790_000_000_000_000 + dice.Below(3) - 1);
        if (dice.OneIn(2)) TextMaker.Append(dice, bytes, limit: 200);
        else bytes.AddRange(Encoding.ASCII.GetBytes($"01938f6e-7c1a-7000-8000-{dice.Next() >>> 16:x12}"));
        if (dice.OneIn(3)) _mutator.Change(dice, bytes);
        input.AddRange(Encoding.ASCII.GetBytes(Base64Url.EncodeToString([.. bytes])));
        if (dice.OneIn(3)) _mutator.Change(dice, input);
    }

    public string Check(byte[] input)
    {
        var cursor = Encoding.Latin1.GetString(input);
        if (!EventPosition.TryParseCursor(cursor, out var position)) return "refused";
        FuzzFailure.Unless(EventPosition.TryParseCursor(position.ToCursor(), out var again) && again == position, "a place written and read again");
        FuzzFailure.Unless(!position.EventId.Contains('\0'), "an id that PostgreSQL cannot take");
        _ = DateTime.UnixEpoch.AddMicroseconds(position.OccurredAt);
        var expected = Other.OccurredAt != position.OccurredAt ? Other.OccurredAt.CompareTo(position.OccurredAt)
            : "m"u8.SequenceCompareTo(Encoding.UTF8.GetBytes(position.EventId));
        FuzzFailure.UnlessEqual(Math.Sign(expected), Math.Sign(position.CompareEvent(Other)), "order");
        return cursor == position.ToCursor() ? "as written" : "written otherwise";
    }
}
