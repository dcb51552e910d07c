using System.Text;
using FsCheck;
using FsCheck.Fluent;
using GrainAnalytics.Core.DeadLetters;
using GrainAnalytics.Core.Enrichment;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Journeys;
using GrainAnalytics.Testing;
using Xunit;

namespace GrainAnalytics.Core.Tests.Events;

public sealed class EventEncoderTests
{
    private static readonly Gen<string> Texts = Gen.Elements("a", "é", "☃", "😀", "-", "A", "0").NonEmptyListOf().Select(string.Concat);

    private static readonly Gen<EncodedEvent> Events =
        from user in Texts
        from type in Texts
        from id in Gen.OneOf(Texts, Gen.Fresh(() => Guid.NewGuid().ToString()), Gen.Fresh(() => Guid.NewGuid().ToString().ToUpperInvariant()))
        from session in Gen.OneOf(Texts.Select(t => (string?)t), Gen.Constant<string?>(null))
        from anonymous in Gen.OneOf(Texts.Select(t => (string?)t), Gen.Constant<string?>(null))
        from at in Gen.Choose(0, int.MaxValue)
        from payload in Texts
        from facts in Gen.OneOf(Texts.Select(t => TestEvents.Facts(isBot: t.Length > 3, path: "/" + t, others: (Fact.Os, t))), Gen.Constant<byte[]>([]))
        select TestEvents.Make(user, type, id, at * 1000L + 7, session, anonymous, $$"""{"p":"{{payload}}"}""", at, facts);

    [Fact]
    public void What_was_encoded_is_read_back() => Prop.ForAll(
        Texts.Four().ToArbitrary(), Gen.Elements(0, 1, 2, 3).ToArbitrary(), (texts, flags) =>
        {
            var (session, anonymous) = ((flags & 1) != 0 ? texts.Item3 : null, (flags & 2) != 0 ? texts.Item4 : null);
            var made = TestEvents.Make(texts.Item1, texts.Item2, texts.Item3 + texts.Item4, 123456789, session, anonymous, "{ }", 987654321);
            return EventEncoder.TryDecode(made.Block.ToArray(), out var read)
                && read.UserIdText == texts.Item1 && Text(read.Type) == texts.Item2 && read.IdText == texts.Item3 + texts.Item4
                && read.HasSession == session is not null && Text(read.SessionId) == (session ?? "")
                && read.HasAnonymousId == anonymous is not null && Text(read.AnonymousId) == (anonymous ?? "")
                && (read.OccurredAt, read.ReceivedAt) == (123456789, 987654321) && Text(read.Payload) == "{ }"
                && read.Key == EventKey.Of(Encoding.UTF8.GetBytes(texts.Item3 + texts.Item4), out _);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Mutated_bytes_are_refused_or_read_without_harm() => Prop.ForAll(
        Events.ToArbitrary(), Gen.Choose(0, 60).Zip(Gen.Choose(0, 255)).Zip(Gen.Choose(-3, 3)).ToArbitrary(), (made, change) =>
        {
            var ((place, value), longer) = change;
            var block = made.Block.ToArray();
            block[place % block.Length] = (byte)value;
            if (longer != 0) block = [.. block.Take(block.Length + Math.Min(longer, 0)), .. new byte[Math.Max(longer, 0)]];
            if (!EventEncoder.TryDecode(block, out var read)) return true;
            _ = (read.IdText, read.UserIdText, read.Type.Length, read.SessionId.Length, read.AnonymousId.Length, read.Payload.Length, read.Key, read.OccurredAt);
            return read.IdBytes.Length + read.Type.Length + read.UserId.Length + read.SessionId.Length + read.AnonymousId.Length
                + read.Payload.Length + 48 + (read.HasFacts ? 2 + read.Facts.Length : 0) == block.Length;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Fact]
    public void Truncated_blocks_and_other_versions_are_refused()
    {
        foreach (var facts in new byte[][] { [], TestEvents.Facts(path: "/docs") })
        {
            var block = TestEvents.Make(session: "s", facts: facts).Block.ToArray();
            for (var length = 0; length < block.Length; length++) Assert.False(EventEncoder.TryDecode(block[..length], out _));
            Assert.False(EventEncoder.TryDecode([0, .. block[1..]], out _));
            Assert.False(EventEncoder.TryDecode([3, .. block[1..]], out _));
            Assert.False(EventEncoder.TryDecode([(byte)(3 - block[0]), .. block[1..]], out _));
            Assert.False(EventEncoder.TryDecode([.. block, 0], out _));
        }
    }

    [Fact]
    public void A_block_of_version_1_is_read_as_it_was_written()
    {
        // Made by the version before facts: id "e-1", type "t", user "u", session "s", payload {"a":1}.
        var block = Convert.FromHexString("0102" + "0300" + "0100" + "0100" + "0100" + "0000" + "07000000" + "40420F0000000000" + "80841E0000000000"
            + "00112233445566778899AABBCCDDEEFF" + "652D31" + "74" + "75" + "73" + "7B2261223A317D");
        Assert.True(EventEncoder.TryDecode(block, out var read));
        Assert.Equal(("e-1", "t", "u", "s", """{"a":1}""", 1_000_000L, 2_000_000L, false, 0), (read.IdText, Text(read.Type), read.UserIdText, Text(read.SessionId),
            Text(read.Payload), read.OccurredAt, read.ReceivedAt, read.HasFacts, read.Facts.Length));
        Assert.Same(System.Runtime.InteropServices.MemoryMarshal.TryGetArray(read.WithoutFacts().Block, out var same) ? same.Array : null, block);
    }

    [Fact]
    public void Facts_are_read_back_and_cut_off_and_change_nothing_of_what_the_event_is()
    {
        var facts = TestEvents.Facts(isBot: true, engagedMs: 1500, path: "/docs", others: [(Fact.Host, "example.org"), (Fact.Country, "DE")]);
        var (with, without) = (Make(facts), Make([]));
        Assert.True(EventEncoder.TryDecode(with.Block.ToArray(), out var read));
        Assert.Equal(facts, read.Facts.ToArray());
        Assert.Equal(without.Block.ToArray(), read.WithoutFacts().Block.ToArray());
        Assert.Equal((without.Size, without.Size + 2 + facts.Length), (with.SizeWithoutFacts, with.Size));
        Assert.True(with == without && with.GetHashCode() == without.GetHashCode());
        Assert.Equal(LetterDigest.Of(without), LetterDigest.Of(with));

        static EncodedEvent Make(byte[] facts) => TestEvents.Make(id: "e", session: "s", payload: """{"a":1}""", received: 5, facts: facts);
    }

    [Theory]
    [InlineData(1, 8, "an unknown flag")]
    [InlineData(1, 1, "an id that is the key's text and has bytes")]
    [InlineData(1, 4, "a session without its flag")]
    [InlineData(23, 0x7f, "a time after the year 9999")]
    [InlineData(31, 0x80, "an arrival before the year 1")]
    public void Blocks_that_the_encoder_does_not_write_are_refused(int place, byte value, string what)
    {
        var block = TestEvents.Make(id: "own id", session: "s").Block.ToArray();
        Assert.True(EventEncoder.TryDecode([.. block], out _));
        block[place] = value;
        Assert.False(EventEncoder.TryDecode(block, out _), what);
    }

    [Fact]
    public void A_text_too_long_for_the_block_throws() =>
        Assert.Throws<OverflowException>(() => TestEvents.Make(user: new string('u', 70_000)));

    [Fact]
    public void A_cursor_reads_back_to_its_position() => Prop.ForAll(Events.ToArbitrary(), made =>
        EventPosition.TryParseCursor(EventPosition.Of(made).ToCursor(), out var read) && read == EventPosition.Of(made) && read.CompareEvent(made) == 0)
        .QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("????")]
    [InlineData("AAAAAAAAAAA")]             // no id
    [InlineData("f_________9h")]            // a time beyond all times
    [InlineData("AAAAAAAAAAAA")]            // an id of U+0000
    [InlineData("AAAAAAAAAAD_")]            // an id that is no UTF-8
    public void Other_cursors_are_refused(string cursor) => Assert.False(EventPosition.TryParseCursor(cursor, out _));

    [Fact]
    public void The_order_of_events_is_time_then_bytes_of_the_id() => Prop.ForAll(Events.ToArbitrary(), Events.ToArbitrary(), (a, b) =>
    {
        var expected = a.OccurredAt != b.OccurredAt ? a.OccurredAt.CompareTo(b.OccurredAt)
            : Encoding.UTF8.GetBytes(a.IdText).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(b.IdText));
        return Math.Sign(EventPosition.Compare(a, b)) == Math.Sign(expected) && Math.Sign(EventPosition.Of(b).CompareEvent(a)) == Math.Sign(expected);
    }).QuickCheckThrowOnFailure();

    private static string Text(ReadOnlyMemory<byte> utf8) => Encoding.UTF8.GetString(utf8.Span);
}
