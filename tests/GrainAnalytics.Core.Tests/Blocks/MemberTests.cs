using System.Text;
using System.Text.Json;
using GrainAnalytics.Core.Blocks;
using GrainAnalytics.Core.Filters;
using GrainAnalytics.Testing;
using Xunit;
using Xunit.Abstractions;

namespace GrainAnalytics.Core.Tests.Blocks;

/// <summary>Members of payloads through blocks and back.</summary>
public sealed class MemberTests(ITestOutputHelper output)
{
    private static readonly Dictionary<FilterColumn, string?> NoTexts = [];

    [Fact]
    public void A_block_has_the_outermost_members_of_payloads_as_their_text()
    {
        var seed = Seed.Choose(output.WriteLine);
        var (random, maker, block) = (new Random(seed), new FilterMaker(seed), new EventBlock());
        var seen = 0;
        for (var round = 0; round < 200; round++)
        {
            var (names, writer) = (new ScanNames(), new BlockWriter());
            var payloads = Enumerable.Range(0, random.Next(1, 300)).Select(_ => random.Next(4) == 0 ? "{}" : maker.Payload()).ToArray();
            for (var i = 0; i < payloads.Length; i++) writer.Add(Event(i), Encoding.UTF8.GetBytes(payloads[i]));
            string[] wanted = [maker.Name(), maker.Name(), "nobody"];
            var packed = writer.Take();
            Assert.True(packed.Members.HasAll);
            // Random payloads now and then have a value of which a column is left out.
            var leftOut = wanted.Where(name => packed.Members.Find(name) is null).ToArray();
            Assert.All(leftOut, name => Assert.Contains(payloads, payload => HasLong(payload, name)));
            wanted = [.. wanted.Except(leftOut)];
            var numbers = wanted.Select(names.MemberOf).ToArray();
            Assert.True(block.Read(packed.Bytes, BlockColumns.None, names, [.. names.Members.Select(packed.Members.Find)]));
            for (var i = 0; i < payloads.Length; i++)
            {
                for (var n = 0; n < wanted.Length; n++)
                {
                    var expected = new FilterEvent(NoTexts, false, payloads[i]).Member([wanted[n]]);
                    if (expected?.Length > 0) seen++;
                    Assert.Equal(expected is "" ? null : expected, names.Value(numbers[n], block.Member(numbers[n])[i]));
                }
            }
        }
        Assert.True(seen > 1000, $"{seen} values were seen");
    }

    private static bool HasLong(string payload, string name)
    {
        using var json = JsonDocument.Parse(payload);
        return json.RootElement.EnumerateObject().Any(member => member.Name == name && Encoding.UTF8.GetByteCount(member.Value.GetRawText()) > 256);
    }

    [Theory]
    [InlineData(40_000, 1, true)]               // one of three values in each event
    [InlineData(40_000, 2, true)]               // rare, as many values
    [InlineData(40_000, 3, false)]              // another long text in each event
    [InlineData(20, 3, true)]                   // there are few of them
    [InlineData(3_000, 5, true)]                // as many addresses as a full block may have, in one of few events
    [InlineData(20, 4, false)]                  // one is longer than anybody wants to group by
    public void A_member_whose_values_take_too_much_is_left_out(int events, int kind, bool isThere)
    {
        var writer = new BlockWriter();
        events = Math.Min(events, BlockWriter.MostEvents);
        for (var i = 0; i < events; i++)
        {
            writer.Add(Event(i), Encoding.UTF8.GetBytes(kind switch
            {
                1 => $$"""{"m":"{{i % 3}}","other":1}""",
                2 => i % 50 == 0 ? $$"""{"m":{{i}}.5,"other":1}""" : """{"other":1}""",
                3 => $$"""{"m":"order-{{i:d12}}","other":1}""",
                5 => $$"""{"m":"https://example.com/{{new string('a', 40)}}/{{i:d6}}","other":1}""",
                _ => $$"""{"m":"{{new string('x', i * 20)}}","other":1}""",
            }));
        }
        var packed = writer.Take();
        Assert.Equal(isThere, packed.Members.Find("m") is not null);
        Assert.NotNull(packed.Members.Find("other"));
        Assert.Empty(packed.Members.Find("unheard of")!);
        var names = new ScanNames();
        names.MemberOf("other");
        names.MemberOf("m");
        Assert.Equal(isThere, new EventBlock().Read(packed.Bytes, BlockColumns.None, names, [.. names.Members.Select(packed.Members.Find)]));
    }

    [Theory]
    [InlineData(200, true)]
    [InlineData(1_000, false)]
    public void A_question_ends_when_it_knows_too_many_texts(int values, bool goesOn)
    {
        var writer = new BlockWriter();
        for (var i = 0; i < values; i++) writer.Add(Event(i), Encoding.UTF8.GetBytes($$"""{"m":"value {{i:d4}}"}"""));
        var packed = writer.Take();
        var names = new ScanNames(mostCharacters: 5_000);
        names.MemberOf("m");
        var walk = new BlockWalk(new ValueTally(names, null, new FilterField(FilterColumn.Payload, ["m"])), names);
        Assert.Equal(goesOn, walk.Open(packed.Bytes, packed.FirstPerson, 0, [packed.Members.Find("m")]));
    }

    [Fact]
    public void Of_more_names_than_a_block_holds_none_is_said_to_be_missing()
    {
        var writer = new BlockWriter();
        for (var i = 0; i < MemberWriter.MostNames + 5; i++) writer.Add(Event(i), Encoding.UTF8.GetBytes($$"""{"n{{i}}":1}"""));
        var members = writer.Take().Members;
        Assert.NotNull(members.Find("n1"));
        Assert.Null(members.Find($"n{MemberWriter.MostNames}"));
        Assert.Null(members.Find("never"));
        // The next block knows nothing of them.
        writer.Add(Event(0), Encoding.UTF8.GetBytes($$"""{"{{new string('n', MemberWriter.LongestName)}}":1}"""));
        Assert.True(writer.Take().Members.HasAll);
        writer.Add(Event(0), Encoding.UTF8.GetBytes($$"""{"{{new string('n', MemberWriter.LongestName + 1)}}":1}"""));
        Assert.False(writer.Take().Members.HasAll);
        // A question may name one, too.
        var asked = new string('n', MemberWriter.LongestName + 1);
        writer.Add(Event(0));
        writer.SetMember(asked, "1");
        Assert.Null(writer.Take().Members.Find(asked));
    }

    [Theory]
    [InlineData("""{"m":"\ud800"}""")]
    [InlineData("""{"m":"a\u0000"}""")]
    public void What_the_database_cannot_show_is_left_out(string payload)
    {
        var writer = new BlockWriter();
        writer.Add(Event(0), Encoding.UTF8.GetBytes(payload));
        Assert.Null(writer.Take().Members.Find("m"));
    }

    [Fact]
    public void Damaged_columns_are_refused_or_read_as_something_and_never_run_over()
    {
        var seed = Seed.Choose(output.WriteLine);
        var (random, maker, refused) = (new Random(seed), new FilterMaker(seed), 0);
        for (var round = 0; round < 2000; round++)
        {
            var writer = new BlockWriter();
            for (var i = 0; i < 30; i++) writer.Add(Event(i), Encoding.UTF8.GetBytes($$"""{"m":{{random.Next(random.Next(2) == 0 ? 3 : 30)}}}"""));
            var packed = writer.Take();
            var bytes = packed.Members.Find("m")!;
            if (random.Next(3) == 0) bytes = bytes[..random.Next(1, bytes.Length)];
            else bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            var names = new ScanNames();
            names.MemberOf("m");
            try
            {
                new EventBlock().Read(packed.Bytes, BlockColumns.None, names, [bytes]);
            }
            catch (InvalidDataException)
            {
                refused++;
            }
        }
        Assert.True(refused > 400, $"{refused} were refused");
    }

    private static BlockEvent Event(int number) => new(number / 3, number * 1000, "page_view", 0, null, "", 0);
}
