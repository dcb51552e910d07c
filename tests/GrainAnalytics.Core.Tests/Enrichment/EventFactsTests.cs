using System.Text;
using GrainAnalytics.Core.Enrichment;
using GrainAnalytics.Core.Journeys;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.Testing;
using Xunit;

namespace GrainAnalytics.Core.Tests.Enrichment;

public sealed class EventFactsTests
{
    private static readonly Site Site = new(1, "test", null, SiteClock.Utc);

    [Fact]
    public void Facts_are_read_as_they_were_written()
    {
        var facts = new EventFacts(TestEvents.Facts(true, 1500, "/docs/a%20b", (Fact.Host, "example.org"), (Fact.Source, "größe 😀"), (Fact.Os, "Windows")));
        Assert.Equal((true, 1500, "/docs/a%20b", "example.org", "größe 😀", "Windows", ""), (facts.IsBot, facts.EngagedMs, Text(facts[Fact.Path]),
            Text(facts[Fact.Host]), Text(facts[Fact.Source]), Text(facts[Fact.Os]), Text(facts[Fact.Country])));
        Assert.Equal([Fact.Bot, Fact.EngagedMs, Fact.Path, Fact.Host, Fact.Source, Fact.Os], All(facts).Select(each => each.Fact));
    }

    [Fact]
    public void Without_facts_nothing_is_known()
    {
        var none = new EventFacts();
        Assert.Equal((false, 0, 0, 0), (none.IsBot, none.EngagedMs, none[Fact.Path].Length, none.ContextBytes.Length));
        Assert.Empty(All(none));
        Assert.Empty(TestEvents.Facts());
        Assert.True(EventFacts.IsSound([]));
    }

    [Fact]
    public void The_context_is_the_same_bytes_for_all_events_of_a_visit()
    {
        (Fact, string)[] shared = [(Fact.Host, "example.org"), (Fact.Country, "DE")];
        var context = TestEvents.Facts(others: shared);
        Assert.Equal(context, new EventFacts(TestEvents.Facts(true, 7, "/a", shared)).ContextBytes.ToArray());
        Assert.Equal(context, new EventFacts(TestEvents.Facts(path: "/b", others: shared)).ContextBytes.ToArray());
        Assert.Empty(new EventFacts(TestEvents.Facts(true, 7, "/a")).ContextBytes.ToArray());
    }

    [Theory]
    [InlineData("a")]
    [InlineData("é")]
    [InlineData("☃")]
    [InlineData("😀")]
    public void Long_texts_are_cut_between_characters(string character)
    {
        string Repeat(int times) => string.Concat(Enumerable.Repeat(character, times));
        var size = Encoding.UTF8.GetByteCount(character);
        var facts = new EventFacts(TestEvents.Facts(path: Repeat(3000), others: [(Fact.Campaign, Repeat(200)), (Fact.Term, Repeat(201)), (Fact.Content, "x" + Repeat(900))]));
        Assert.Equal((Repeat(2000 / size), Repeat(200), Repeat(200), "x" + Repeat(199)),
            (Text(facts[Fact.Path]), Text(facts[Fact.Campaign]), Text(facts[Fact.Term]), Text(facts[Fact.Content])));
    }

    [Fact]
    public void The_largest_facts_fit_and_are_sound()
    {
        var longest = string.Concat(Enumerable.Repeat("😀", 3000));
        var facts = TestEvents.Facts(true, int.MaxValue, longest, [.. Enum.GetValues<Fact>().Where(fact => fact > Fact.Path).Select(fact => (fact, longest))]);
        Assert.Equal(EventFacts.MaxSize, facts.Length);
        Assert.True(EventFacts.IsSound(facts));
    }

    [Fact]
    public void What_cannot_be_stored_is_left_out() => Assert.Empty(TestEvents.Facts(engagedMs: -1, path: "/a\0b", others: (Fact.Host, "")));

    [Fact]
    public void Facts_that_do_not_ascend_are_not_written()
    {
        Assert.Throws<InvalidOperationException>(() => TestEvents.Facts(others: [(Fact.Os, "a"), (Fact.Host, "b")]));
        Assert.Throws<InvalidOperationException>(() => TestEvents.Facts(others: [(Fact.Os, "a"), (Fact.Os, "b")]));
    }

    [Theory]
    [InlineData("0100", "less than a header")]
    [InlineData("000000", "a number that no fact has")]
    [InlineData("040000", "a number that no fact has yet")]
    [InlineData("1E010061", "a number behind the last")]
    [InlineData("01010000", "a value where there is none")]
    [InlineData("02040000000000", "no attention")]
    [InlineData("020400FFFFFFFF", "attention below zero")]
    [InlineData("0203000A0000", "attention of three bytes")]
    [InlineData("030000", "an empty text")]
    [InlineData("03020061", "a text beyond the end")]
    [InlineData("03010000", "a text of U+0000")]
    [InlineData("030100FF", "a text that is no UTF-8")]
    [InlineData("1D010061100100 61", "facts that descend")]
    [InlineData("1D0100611D010061", "a fact twice")]
    public void Bytes_that_are_no_facts_are_refused(string hex, string what) =>
        Assert.False(EventFacts.IsSound(Convert.FromHexString(hex.Replace(" ", ""))), what);

    [Fact]
    public void Texts_beyond_their_longest_are_refused()
    {
        var text = new byte[3 + EventFacts.MaxCharacters + 1];
        text.AsSpan().Fill((byte)'a');
        (text[0], text[1], text[2]) = ((byte)Fact.Term, EventFacts.MaxCharacters + 1, 0);
        Assert.False(EventFacts.IsSound(text));
        text[1]--;
        Assert.True(EventFacts.IsSound(text.AsSpan(0, text.Length - 1)));
    }

    [Theory]
    [InlineData("page_view", false, true)]
    [InlineData("page_view", true, false)]
    [InlineData("identify", false, false)]
    [InlineData("engagement", false, false)]
    [InlineData("$pageleave", false, false)]
    [InlineData("engagements", false, true)]
    public void Crawlers_events_and_those_that_only_tell_about_others_are_not_counted(string type, bool isBot, bool isCounted)
    {
        var row = EventRow.Of(Site, TestEvents.Make(type: type, facts: TestEvents.Facts(isBot, path: "/")));
        Assert.Equal((isCounted, isCounted), (row.IsCounted, row.IsUserNewToday));
        var fold = new BatchFold([row]);
        Assert.Equal((isCounted ? 1 : 0, isCounted ? 1 : 0), (fold.Hours.Count, fold.ActiveUsers.Count));
    }

    [Fact]
    public void Memory_of_a_user_keeps_no_facts()
    {
        var value = TestEvents.Make(facts: TestEvents.Facts(path: "/docs", others: (Fact.Host, "example.org")));
        var blocks = new PackedBlocks();
        var first = blocks.Add(value);
        var second = blocks.Add(value);
        Assert.Equal(2 * value.SizeWithoutFacts, blocks.Size);
        Assert.All([blocks[first], blocks[second]], kept => Assert.Equal((value, false), (kept, kept.HasFacts)));
    }

    private static List<(Fact Fact, ReadOnlyMemory<byte> Value)> All(EventFacts facts)
    {
        var all = new List<(Fact, ReadOnlyMemory<byte>)>();
        foreach (var each in facts) all.Add(each);
        return all;
    }

    private static string Text(ReadOnlyMemory<byte> utf8) => Encoding.UTF8.GetString(utf8.Span);
}
