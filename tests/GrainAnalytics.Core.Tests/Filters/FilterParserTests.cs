using GrainAnalytics.Core.Filters;
using GrainAnalytics.Testing;
using Xunit;

namespace GrainAnalytics.Core.Tests.Filters;

public sealed class FilterParserTests
{
    private static Filter Parse(string text)
    {
        Assert.True(FilterParser.TryParse(text, out var filter, out var error), error?.ToString());
        Assert.Null(error);
        return filter!;
    }

    private static FilterError Refuse(string text)
    {
        Assert.False(FilterParser.TryParse(text, out var filter, out var error), text);
        Assert.Null(filter);
        return error!;
    }

    [Fact]
    public void The_filter_of_the_documentation_is_read()
    {
        var all = Assert.IsType<AllOf>(Parse("type==purchase;payload.plan==pro|team;page=^/docs;country!=US;payload.amount>=49.5"));
        Assert.Equal(
            ["Type Equals False purchase", "Payload plan Equals False pro/team", "Page Prefix False /docs", "Country Equals True US", "Payload amount GreaterOrEqual 49.5"],
            all.Parts.Select(Describe));
    }

    private static string Describe(Filter filter) => filter switch
    {
        TextCondition text => $"{string.Join(' ', [text.Field.Column.ToString(), .. text.Field.Path])} {text.Match} {text.IsNegated} {string.Join('/', text.Values)}",
        NumberCondition number => $"{string.Join(' ', [number.Field.Column.ToString(), .. number.Field.Path])} {number.Comparison} {number.Number.ToString(System.Globalization.CultureInfo.InvariantCulture)}",
        AllOf all => $"({string.Join(" and ", all.Parts.Select(Describe))})",
        AnyOf any => $"({string.Join(" or ", any.Parts.Select(Describe))})",
        _ => throw new InvalidOperationException(),
    };

    [Theory]
    [InlineData("type==a;user==b,session==c", "((Type Equals False a and User Equals False b) or Session Equals False c)")]
    [InlineData("type==a;(user==b,session==c)", "(Type Equals False a and (User Equals False b or Session Equals False c))")]
    [InlineData(" ( type == a b ) ; userId!=x ", "(Type Equals False a b and User Equals True x)")]
    [InlineData("source==(direct)", "Source Equals False (direct)")]
    [InlineData("(source==(direct))", "Source Equals False (direct)")]
    [InlineData("country==", "Country Equals False ")]
    [InlineData("country!=|DE", "Country Equals True /DE")]
    [InlineData(@"campaign==a\;b\,c\|d\)\\\ ", @"Campaign Equals False a;b,c|d)\ ")]
    [InlineData(@"payload.a\.b.c\=d=~x=y", "Payload a.b c=d Contains False x=y")]
    [InlineData("page!^/a|/b", "Page Prefix True /a//b")]
    [InlineData("page!~x", "Page Contains True x")]
    [InlineData("payload.n<-0.5", "Payload n Less -0.5")]
    [InlineData("payload.n<=10", "Payload n LessOrEqual 10")]
    [InlineData("payload.n>10", "Payload n Greater 10")]
    [InlineData("page==^x", "Page Equals False ^x")]
    [InlineData("page=^^x", "Page Prefix False ^x")]
    public void Each_form_means_one_thing(string text, string meaning) => Assert.Equal(meaning, Describe(Parse(text)));

    [Theory]
    [InlineData("", 1, "expected a field: type, user, session, page")]
    [InlineData("type", 5, "expected ==")]
    [InlineData("type=x", 5, "expected ==")]
    [InlineData("plan==pro", 1, "\"plan\" is no field; fields are type, user,")]
    [InlineData("type==a;Type==b", 9, "\"Type\" is no field")]
    [InlineData("type.x==a", 1, "\"type.x\" is no field")]
    [InlineData("payload==a", 1, "payload.plan")]
    [InlineData("payload.a..b==a", 1, "payload.plan")]
    [InlineData("type==a;", 9, "expected a field")]
    [InlineData("type==a,,user==b", 9, "expected a field")]
    [InlineData("(type==a", 9, "expected ; , or )")]
    [InlineData("type==a)", 8, "closes nothing")]
    [InlineData("(type==a)user==b", 10, "behind a parenthesis")]
    [InlineData("page=^", 7, "expected a value")]
    [InlineData("page=~a|", 9, "expected a value")]
    [InlineData("country>5", 8, "only payload")]
    [InlineData("payload.n>", 11, "expected one number")]
    [InlineData("payload.n>ten", 11, "expected one number")]
    [InlineData("payload.n>1|2", 11, "expected one number")]
    [InlineData("payload.n>1e5", 11, "expected one number")]
    [InlineData("payload.n>99999999999999999999999999999999", 11, "expected one number")]
    [InlineData("type==a\\", 9, "behind \\")]
    [InlineData("type==a\0", 8, "cannot be in any event")]
    public void What_is_wrong_is_said_with_its_place(string text, int position, string message)
    {
        var error = Refuse(text);
        Assert.Contains(message, error.Message);
        Assert.Equal(position, error.Position);
        Assert.StartsWith($"At character {position}: ", error.ToString());
    }

    [Fact]
    public void Half_a_surrogate_pair_is_refused()
    {
        Assert.Equal(7, Refuse("type==\ud800").Position);
        Assert.Equal(9, Refuse("type==😀\udc00x").Position);
    }

    [Fact]
    public void All_fields_can_be_asked_for()
    {
        Assert.Equal(Enum.GetValues<FilterColumn>().Length - 1, FilterField.Names.Count);
        foreach (var name in FilterField.Names) Assert.Equal(name, Parse($"{name}==x").ToString().Split('=')[0]);
    }

    [Fact]
    public void Every_size_is_bounded()
    {
        static string Times(string text, int times) => string.Concat(Enumerable.Repeat(text, times));
        Parse($"type=={new string('x', Filter.MaxLength - 6)}");
        Assert.Contains("at most 4000 characters", Refuse($"type=={new string('x', Filter.MaxLength - 5)}").Message);
        Parse(Times("type==x;", Filter.MaxConditions)[..^1]);
        Assert.Contains("at most 50 conditions", Refuse(Times("type==x;", Filter.MaxConditions + 1)[..^1]).Message);
        Parse("type==" + Times("x|", Filter.MaxValues)[..^1]);
        Assert.Contains("at most 100 values", Refuse("type==" + Times("x|", Filter.MaxValues + 1)[..^1]).Message);
        Parse($"{Times("(", Filter.MaxDepth)}type==x{Times(")", Filter.MaxDepth)}");
        Assert.Contains("at most 8 deep", Refuse($"{Times("(", Filter.MaxDepth + 1)}type==x{Times(")", Filter.MaxDepth + 1)}").Message);
        Assert.Contains("at most 8 deep", Refuse(Times("(", Filter.MaxLength)).Message);
        Parse($"payload{Times(".x", Filter.MaxPath)}==1");
        Assert.Contains("at most 16 names", Refuse($"payload{Times(".x", Filter.MaxPath + 1)}==1").Message);
    }

    [Fact]
    public void A_filter_that_is_written_is_read_again_and_means_the_same()
    {
        var maker = new FilterMaker(1);
        var events = Enumerable.Range(0, 50).Select(_ => maker.Event()).ToArray();
        for (var i = 0; i < 5000; i++)
        {
            var filter = maker.Filter();
            var text = filter.ToString();
            if (text.Length > Filter.MaxLength) continue;
            var read = Parse(text);
            Assert.Equal(text, read.ToString());
            Assert.Equal(Describe(filter), Describe(read));
            Assert.All(events, each => Assert.Equal(FilterEvaluator.Matches(filter, each), FilterEvaluator.Matches(read, each)));
        }
    }

    [Fact]
    public void Any_text_is_read_or_refused_with_a_place_inside_it()
    {
        var random = new Random(7);
        string[] pieces = ["type", "payload", ".plan", "country", "==", "!=", "=^", "=~", ">", "<=", "=", "!", "|", ";", ",", "(", ")", "\\", " ", "a", "10", "é", "😀", "\ud800", "\0", "\n"];
        var read = 0;
        for (var i = 0; i < 100_000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => pieces[random.Next(pieces.Length)]));
            if (FilterParser.TryParse(text, out var filter, out var error))
            {
                read++;
                Assert.Equal(filter!.ToString(), Parse(filter.ToString()).ToString());
            }
            else Assert.InRange(error!.Position, 1, text.Length + 1);
        }
        Assert.InRange(read, 100, 99_000);
    }

    [Theory]
    [InlineData("country!=US", true), InlineData("country==", true), InlineData("country!=", false), InlineData("country==US", false)]
    [InlineData("type==purchase", true), InlineData("type==Purchase", false), InlineData("page=^/docs", true), InlineData("page!^/docs|/blog", false), InlineData("page=~oc", true)]
    [InlineData("payload.plan==pro|team", true), InlineData("payload.amount>49", true), InlineData("payload.amount>=49.90", true), InlineData("payload.amount>49.90", false)]
    [InlineData("payload.plan>1", false), InlineData("payload.plan<=1", false), InlineData("payload.missing<1", false), InlineData("payload.missing==", true)]
    [InlineData("payload.cart.total>9", true), InlineData("payload.cart.items.0==", true), InlineData("payload.cart.items=~sku", true), InlineData("payload.ok==true", true)]
    [InlineData("payload.plan.x==", true), InlineData("payload.cart.twice==2", true)]
    [InlineData("payload.none==", true), InlineData("payload.text<10", true), InlineData("type==x,page=^/docs", true), InlineData("type==x;page=^/docs", false)]
    public void An_event_is_judged_in_memory(string text, bool isMatch)
    {
        var sample = new FilterEvent(new Dictionary<FilterColumn, string?> { [FilterColumn.Type] = "purchase", [FilterColumn.Page] = "/docs/a" }, true,
            """{"plan":"pro","amount":49.90,"cart":{"items":[{"sku":"a"}],"total":10,"twice":1,"twice":2},"ok":true,"none":null,"text":"9.5"}""");
        Assert.Equal(isMatch, FilterEvaluator.Matches(Parse(text), sample));
    }
}
