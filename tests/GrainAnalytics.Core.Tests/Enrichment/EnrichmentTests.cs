using System.Text;
using GrainAnalytics.Core.Enrichment;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Tests.Ingestion;
using Xunit;

namespace GrainAnalytics.Core.Tests.Enrichment;

/// <summary>From a request to the facts of its events, through the whole pipeline.</summary>
public sealed class EnrichmentTests
{
    private const string Chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36";

    private static async Task<string> FactsAsync(string members, RequestFacts? request = null, string? domain = null) =>
        Describe(Assert.Single(await Pipeline.RunAsync($$$"""{"type":"t","userId":"u",{{{members}}}}""", request ?? RequestFacts.None, domain)));

    private static string Describe(EncodedEvent value)
    {
        var text = new StringBuilder();
        foreach (var (fact, bytes) in new EventFacts(value.Facts))
            text.Append(fact switch
            {
                Fact.Bot => "Bot ",
                Fact.EngagedMs => $"EngagedMs={new EventFacts(value.Facts).EngagedMs} ",
                _ => $"{fact}={Encoding.UTF8.GetString(bytes.Span)} ",
            });
        return text.ToString().TrimEnd();
    }

    [Theory]
    // Addresses.
    [InlineData("""{"url":"https://Example.org:8443/docs/a%20b?x=1#top"}""", "Path=/docs/a%20b Host=example.org Channel=direct")]
    [InlineData("""{"url":"http://user:pw@example.org"}""", "Path=/ Host=example.org Channel=direct")]
    [InlineData("""{"url":"//example.org?x"}""", "Path=/ Host=example.org Channel=direct")]
    [InlineData("""{"url":"/pricing?plan=pro"}""", "Path=/pricing Channel=direct")]
    [InlineData("""{"url":"https:\/\/example.org\/caf\u00e9"}""", "Path=/café Host=example.org Channel=direct")]
    [InlineData("""{"href":"/a","url":"/b"}""", "Path=/b Channel=direct")]
    [InlineData("""{"url":"/b","href":"/a"}""", "Path=/b Channel=direct")]
    [InlineData("""{"href":"/a","url":5}""", "Path=/a Channel=direct")]
    [InlineData("""{"path":"/p","page":"/q"}""", "Path=/p Channel=direct")]
    [InlineData("""{"page":"/q"}""", "Path=/q Channel=direct")]
    [InlineData("""{"url":"about:blank","path":"/p"}""", "Path=/p Channel=direct")]
    [InlineData("""{"url":"https://[2001:db8::1]:80/x"}""", "Path=/x Host=[2001:db8::1] Channel=direct")]
    [InlineData("""{"url":"https:///x"}""", "")]
    [InlineData("""{"url":"https://a b/x"}""", "")]
    [InlineData("""{"url":"javascript:alert(1)"}""", "")]
    [InlineData("""{"plan":"pro"}""", "")]
    [InlineData("""{"nested":{"url":"/no"},"list":["url","/no"],"t":"\"url\":\"/no\""}""", "")]
    [InlineData("""{ "a" : [ { "b" : "]}" } , "\\" ] , "url" : "/yes" }""", "Path=/yes Channel=direct")]
    // Where from.
    [InlineData("""{"url":"https://example.org/","referrer":"https://www.google.com/search?q=x"}""", "Path=/ Host=example.org Referrer=google.com Source=google Medium=organic Channel=organic search")]
    [InlineData("""{"url":"https://example.org/","referrer":"https://google.co.uk/"}""", "Path=/ Host=example.org Referrer=google.co.uk Source=google Medium=organic Channel=organic search")]
    [InlineData("""{"url":"https://example.org/","referrer":"https://docs.google.com/x"}""", "Path=/ Host=example.org Referrer=docs.google.com Source=docs.google.com Medium=referral Channel=referral")]
    [InlineData("""{"url":"https://example.org/","referrer":"https://mail.google.com/"}""", "Path=/ Host=example.org Referrer=mail.google.com Source=gmail Medium=email Channel=email")]
    [InlineData("""{"url":"https://example.org/","referrer":"https://google.evil.example/"}""", "Path=/ Host=example.org Referrer=google.evil.example Source=google.evil.example Medium=referral Channel=referral")]
    [InlineData("""{"url":"https://example.org/","referrer":"https://l.facebook.com/l.php"}""", "Path=/ Host=example.org Referrer=l.facebook.com Source=facebook Medium=social Channel=social")]
    [InlineData("""{"url":"https://example.org/","referrer":"android-app://com.google.android.gm/"}""", "Path=/ Host=example.org Referrer=com.google.android.gm Source=gmail Medium=email Channel=email")]
    [InlineData("""{"url":"https://example.org/","referrer":"https://m.youtube.com/watch"}""", "Path=/ Host=example.org Referrer=m.youtube.com Source=youtube Medium=referral Channel=video")]
    [InlineData("""{"url":"https://example.org/","referrer":"https://chatgpt.com/"}""", "Path=/ Host=example.org Referrer=chatgpt.com Source=chatgpt Medium=referral Channel=ai assistant")]
    [InlineData("""{"url":"https://example.org/","referrer":"partner.example"}""", "Path=/ Host=example.org Referrer=partner.example Source=partner.example Medium=referral Channel=referral")]
    [InlineData("""{"url":"https://example.org/b","referrer":"https://WWW.example.org/a"}""", "Path=/b Host=example.org Channel=direct")]
    [InlineData("""{"url":"https://example.org/b","referrer":"$direct"}""", "Path=/b Host=example.org Channel=direct")]
    [InlineData("""{"referrer":"https://t.co/x"}""", "Referrer=t.co Source=x Medium=social Channel=social")]
    // Campaigns.
    [InlineData("""{"url":"/?utm_source=Newsletter&utm_medium=email&utm_campaign=sp%C3%A4t+sommer&utm_term=a%26b&utm_content=c"}""", "Path=/ Source=Newsletter Medium=email Campaign=spät sommer Term=a&b Content=c Channel=email")]
    [InlineData("""{"url":"/?utm_source=google&utm_medium=CPC"}""", "Path=/ Source=google Medium=CPC Channel=paid search")]
    [InlineData("""{"url":"/?utm_source=fb&utm_medium=paid_social"}""", "Path=/ Source=fb Medium=paid_social Channel=paid social")]
    [InlineData("""{"url":"/?utm_source=partner-7"}""", "Path=/ Source=partner-7 Channel=other")]
    [InlineData("""{"url":"/?utm_source=site&utm_medium=banner"}""", "Path=/ Source=site Medium=banner Channel=display")]
    [InlineData("""{"url":"/?utm_source=(direct)&utm_medium=(none)"}""", "Path=/ Source=(direct) Medium=(none) Channel=direct")]
    [InlineData("""{"url":"/?utm_source=&utm_medium&=x&&utm_sourc=y&utm_campaign=c"}""", "Path=/ Campaign=c Channel=other")]
    [InlineData("""{"url":"/?utm_source=%FF%00"}""", "Path=/ Source=%FF%00 Channel=other")]
    [InlineData("""{"url":"/?utm_source=%zz%4"}""", "Path=/ Source=%zz%4 Channel=other")]
    [InlineData("""{"url":"/?gclid=abc"}""", "Path=/ Source=google Medium=cpc Channel=paid search")]
    [InlineData("""{"url":"/?fbclid=abc","referrer":"https://m.facebook.com/"}""", "Path=/ Referrer=m.facebook.com Source=facebook Medium=social Channel=social")]
    [InlineData("""{"url":"/?msclkid=abc&utm_campaign=x"}""", "Path=/ Source=bing Medium=cpc Campaign=x Channel=paid search")]
    [InlineData("""{"url":"/?gclid=abc&utm_source=own&utm_medium=email"}""", "Path=/ Source=own Medium=email Channel=email")]
    [InlineData("""{"url":"/?utm_source=a","utm_source":"b","utm_medium":"sms","utm_campaign":7}""", "Path=/ Source=b Medium=sms Channel=sms")]
    [InlineData("""{"utm_source":"x"}""", "Source=x Channel=social")]
    // The visitor.
    [InlineData("""{"screen":"1920X1080","language":"pt_br","engagedMs":1500.9}""", "EngagedMs=1500 Screen=1920x1080 Language=pt-BR")]
    [InlineData("""{"screen":"HomeScreen","language":"klingon","engagedMs":"10"}""", "")]
    [InlineData("""{"screen":"0x0","language":"e","engagedMs":-5}""", "")]
    [InlineData("""{"screen":"123456x1","language":"zh-hant-tw-x-private","engagedMs":1e300}""", "EngagedMs=86400000 Language=zh-Hant-TW")]
    [InlineData("""{"language":"de-DE,de;q=0.9"}""", "Language=de-DE")]
    [InlineData("""{"language":"es-419"}""", "Language=es-419")]
    [InlineData("""{"timeZone":"Europe/Stockholm"}""", "Country=SE")]
    [InlineData("""{"timezone":"Asia/Calcutta"}""", "Country=IN")]
    [InlineData("""{"timeZone":"UTC"}""", "")]
    [InlineData("""{"timeZone":"Nowhere/Place"}""", "")]
    [InlineData("""{"country":"DE"}""", "")]
    public async Task A_payload_says_where_a_visitor_came_from(string payload, string facts) => Assert.Equal(facts, await FactsAsync($"\"payload\":{payload}"));

    [Theory]
    [InlineData("""{"url":"https://a.example/x","referrer":"https://b.example/","title":"T","language":"de","screen":"1x2","timeZone":"Europe/Berlin","engagedMs":7}""",
        "EngagedMs=7 Path=/x Host=a.example Referrer=b.example Source=b.example Medium=referral Channel=referral Screen=1x2 Country=DE Language=de")]
    [InlineData("""{"country":"at","timeZone":"Europe/Berlin","engaged_ms":3,"time_zone":"UTC"}""", "EngagedMs=3 Country=AT")]
    [InlineData("""{"country":"XX","timeZone":"Europe/Berlin"}""", "Country=DE")]
    [InlineData("""{"country":"Austria","language":7,"screen":{"w":1},"url":null,"engagedMs":null,"userAgent":[]}""", "")]
    [InlineData("""{"country":"\u0000\u0000","url":"/a\ud800","referrer":"https://x.example/\u0000"}""", "")]
    [InlineData("\"text\"", ""), InlineData("null", ""), InlineData("[1]", ""), InlineData("7", "")]
    public async Task A_context_says_it_too_and_what_is_wrong_in_it_is_ignored(string context, string facts) =>
        Assert.Equal(facts, await FactsAsync($"\"context\":{context}"));

    [Fact]
    public async Task The_context_counts_more_than_the_payload_and_is_not_stored()
    {
        var sent = Assert.Single(await Pipeline.RunAsync("""
            {"type":"t","userId":"u","context":{"url":"/from-context","language":"de"},"payload":{"url":"/from-payload","referrer":"https://bing.com/"}}
            """, RequestFacts.None));
        Assert.Equal("Path=/from-context Referrer=bing.com Source=bing Medium=organic Channel=organic search Language=de", Describe(sent));
        Assert.Equal("""{"url":"/from-payload","referrer":"https://bing.com/"}""", Encoding.UTF8.GetString(sent.Payload.Span));
    }

    [Fact]
    public async Task A_page_without_a_host_is_of_the_sites_own()
    {
        Assert.Equal("Path=/b Channel=direct", await FactsAsync("""  "payload":{"url":"/b","referrer":"https://shop.example/a"}""", domain: "www.shop.example"));
        Assert.Equal("Path=/b Referrer=shop.example Source=shop.example Medium=referral Channel=referral",
            await FactsAsync("""  "payload":{"url":"/b","referrer":"https://shop.example/a"}""", domain: "other.example"));
    }

    [Fact]
    public async Task Headers_say_the_rest_of_all_rows_and_each_row_more_of_itself()
    {
        var request = new RequestFacts { UserAgent = Chrome, AcceptLanguage = "*;q=0.1, en;q=0.5, de-AT;q=0.8, fr;q=0.8", Country = "ch" };
        var sent = await Pipeline.RunAsync("""
            [{"type":"t","userId":"u"},
             {"type":"t","userId":"u","context":{"userAgent":"Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1"}},
             {"type":"t","userId":"u","context":{"country":"FR","language":"fr"}},
             {"type":"t","userId":"u","context":{"timeZone":"Asia/Tokyo","userAgent":"curl/8.5.0"}}]
            """, request);
        Assert.Equal(
        [
            "Country=CH Language=de-AT Device=desktop Browser=Chrome Os=Windows",
            "Country=CH Language=de-AT Device=mobile Browser=Safari Os=iOS",
            "Country=FR Language=fr Device=desktop Browser=Chrome Os=Windows",
            "Country=CH Language=de-AT",
        ], sent.Select(Describe));
    }

    [Theory]
    [InlineData("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", false, true)]
    [InlineData("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", true, false)]
    [InlineData(Chrome, false, false)]
    [InlineData(null, false, false)]
    public async Task A_crawler_is_a_bot_unless_the_key_came_in_a_header(string? agent, bool hasKeyHeader, bool isBot) =>
        Assert.Equal(isBot, (await FactsAsync("\"payload\":{}", new RequestFacts { UserAgent = agent, HasKeyHeader = hasKeyHeader })).StartsWith("Bot"));

    [Fact]
    public async Task A_row_that_names_a_crawler_is_a_bots_and_the_others_are_not()
    {
        const string Body = """[{"type":"t","userId":"a"},{"type":"t","userId":"b","context":{"userAgent":"GPTBot/1.2"}},{"type":"t","userId":"c"}]""";
        var sent = await Pipeline.RunAsync(Body, new RequestFacts { UserAgent = "node" });
        Assert.Equal([false, true, false], sent.Select(each => new EventFacts(each.Facts).IsBot));
        sent = await Pipeline.RunAsync(Body, new RequestFacts { UserAgent = "node", HasKeyHeader = true });
        Assert.All(sent, each => Assert.False(new EventFacts(each.Facts).IsBot));
    }

    [Fact]
    public async Task Many_rows_with_long_facts_all_keep_theirs()
    {
        string Url(int i) => $"/{i}/{new string('p', 1900)}?utm_campaign={i}-{new string('c', 250)}";
        var body = $"[{string.Join(',', Enumerable.Range(0, 200).Select(i => $$$"""{"type":"t","userId":"u","payload":{"url":"{{{Url(i)}}}"}}"""))}]";
        var sent = await Pipeline.RunAsync(body, RequestFacts.None);
        Assert.Equal(Enumerable.Range(0, 200).Select(i => $"/{i}/{new string('p', 1900)} {$"{i}-{new string('c', 250)}"[..200]}"),
            sent.Select(each => new EventFacts(each.Facts)).Select(facts => $"{Encoding.UTF8.GetString(facts[Fact.Path].Span)} {Encoding.UTF8.GetString(facts[Fact.Campaign].Span)}"));
    }
}
