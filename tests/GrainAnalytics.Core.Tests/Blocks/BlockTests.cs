using GrainAnalytics.Core.Blocks;
using GrainAnalytics.Testing;
using Xunit;
using Xunit.Abstractions;

namespace GrainAnalytics.Core.Tests.Blocks;

/// <summary>Random events through blocks and back.</summary>
public sealed class BlockTests(ITestOutputHelper output)
{
    private const BlockColumns Everything = BlockColumns.Times | BlockColumns.Sessions | BlockColumns.Contexts | BlockColumns.Paths | BlockColumns.Engaged;

    private static readonly string[] Types = ["page_view", "purchase", "identify", "ünïcode 🎈"], Paths = ["", "/", "/docs/a%20b", "/\ud83c\udf88", "/\uffee"];

    [Fact]
    public void A_block_has_the_events_that_were_put_into_it()
    {
        var random = new Random(Seed.Choose(output.WriteLine));
        var (writer, block, names) = (new BlockWriter(), new EventBlock(), new ScanNames());
        for (var round = 0; round < 300; round++)
        {
            var events = Sorted(Make(random, random.Next(1, 400), 0));
            foreach (var value in events) writer.Add(value);
            var packed = writer.Take();
            Assert.Equal((events[0].Person, events.Length), (packed.FirstPerson, packed.Events));
            Assert.True(block.Read(packed.Bytes, Everything, names));
            Assert.Equal(0, writer.Count);
            var (tally, contexts) = (new Collector(), events.Select(e => e.Context).ToArray());
            for (int person = 0, i = 0; person < block.Persons; i = block.End[person++])
                tally.Take(block, block.Person[person], i, block.End[person], names);
            Assert.Equal(events.Select(e => e with { Context = null }), tally.Events);
            // Numbers of contexts are the same where contexts are.
            Assert.Equal(contexts.Select(c => c is null), Enumerable.Range(0, block.Count).Select(i => block.Context[i] == 0));
            for (var i = 1; i < block.Count; i++) Assert.Equal(contexts[i] == contexts[0], block.Context[i] == block.Context[0]);
        }
    }

    [Fact]
    public void A_walk_shows_everybody_once_and_in_order_whatever_blocks_their_events_are_in()
    {
        var random = new Random(Seed.Choose(output.WriteLine));
        for (var round = 0; round < 200; round++)
        {
            var (days, names) = (random.Next(1, 8), new ScanNames());
            var events = new List<BlockEvent>();
            var blocks = new List<(long First, long Order, byte[] Bytes)>();
            for (var day = 0; day < days; day++)
            {
                var ofDay = Sorted(Make(random, random.Next(0, 200), day));
                events.AddRange(ofDay);
                var writer = new BlockWriter();
                for (int i = 0, part = 0; i < ofDay.Length; i++)
                {
                    writer.Add(ofDay[i]);
                    if (i + 1 < ofDay.Length && random.Next(20) > 0) continue;
                    var packed = writer.Take();
                    blocks.Add((packed.FirstPerson, ((long)day << 32) + part++, packed.Bytes));
                }
            }
            var tally = new Collector();
            var walk = new BlockWalk(tally, names);
            tally.Names = names;
            foreach (var (first, order, bytes) in blocks.OrderBy(b => b.First).ThenBy(b => b.Order)) Assert.True(walk.Open(bytes, first, order));
            Assert.True(walk.Finish());
            Assert.Equal(events.Select(e => e.Person).Distinct().Count(), tally.Persons);
            // A person's number is not told to a tally.
            Assert.Equal(events.OrderBy(e => e.Person).ThenBy(e => e.At).Select(e => e with { Person = 0, Context = null }), tally.Events);
        }
    }

    [Fact]
    public void Damaged_bytes_are_refused_or_read_as_something_and_never_run_over()
    {
        var random = new Random(Seed.Choose(output.WriteLine));
        var writer = new BlockWriter();
        var refused = 0;
        for (var round = 0; round < 2000; round++)
        {
            foreach (var value in Sorted(Make(random, 30, 0))) writer.Add(value);
            var bytes = writer.Take().Bytes;
            if (random.Next(3) == 0) bytes = bytes[..random.Next(bytes.Length)];
            else bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            try
            {
                new EventBlock().Read(bytes, Everything, new ScanNames());
            }
            catch (InvalidDataException)
            {
                refused++;
            }
        }
        Assert.True(refused > 600, $"{refused} were refused");
    }

    [Fact]
    public void Texts_are_ordered_by_their_bytes()
    {
        var random = new Random(Seed.Choose(output.WriteLine));
        string[] parts = ["", "a", "é", "\ud83c\udf88", "\uffee", "\ue000", "z"];
        for (var i = 0; i < 2000; i++)
        {
            string a = string.Concat(random.GetItems(parts, 3)), b = string.Concat(random.GetItems(parts, 3));
            var expected = System.Text.Encoding.UTF8.GetBytes(a).AsSpan().SequenceCompareTo(System.Text.Encoding.UTF8.GetBytes(b));
            Assert.Equal(Math.Sign(expected), Math.Sign(Utf8Order.Instance.Compare(a, b)));
        }
    }

    private static BlockEvent[] Sorted(IEnumerable<BlockEvent> events) => [.. events.OrderBy(e => e.Person).ThenBy(e => e.At)];

    // No two of a person are at the same time, so that there is one order.
    private static IEnumerable<BlockEvent> Make(Random random, int count, int day)
    {
        var persons = Enumerable.Range(0, random.Next(1, 30)).Select(n => unchecked((n - 15) * 0x1234_5678_9abc_def1L)).ToArray();
        var unit = random.Next(2) == 0 ? 1000 : 1;
        var times = Enumerable.Range(0, count).Select(_ => (day * 86_400_000L + random.Next(86_400_000)) * 1000 + random.Next(1000) / unit * unit).Distinct();
        return times.Select(at => new BlockEvent(persons[random.Next(persons.Length)], at, Types[random.Next(Types.Length)], random.Next(3) == 0 ? 0 : random.Next(1, 6) * 77777777777L,
            random.Next(4) == 0 ? null : random.Next(-3, 20), Paths[random.Next(Paths.Length)], random.Next(5) == 0 ? random.Next(-5, 100_000) : 0));
    }

    private sealed class Collector : EventTally
    {
        public readonly List<BlockEvent> Events = [];

        public ScanNames? Names { get; set; }

        public int Persons { get; private set; }

        public override BlockColumns Columns => Everything;

        public override void Begin() => Persons++;

        public override void Add(EventBlock block, int from, int to) => Take(block, 0, from, to, Names!);

        public void Take(EventBlock block, long person, int from, int to, ScanNames names)
        {
            for (var i = from; i < to; i++)
                Events.Add(new BlockEvent(person, block.At[i], names.Type(block.Type[i]), block.Session[i], null, names.Path(block.Path[i]), block.EngagedMs[i]));
        }
    }
}
