using System.Text;
using GrainAnalytics.Core.Enrichment;
using Xunit;

namespace GrainAnalytics.Core.Tests.Enrichment;

public sealed class AgentTests
{
    private static string Describe(Agent agent)
    {
        var facts = new EventFacts(agent.Facts);
        return string.Join('/', new[] { Fact.Device, Fact.Browser, Fact.Os }.Select(fact => Encoding.UTF8.GetString(facts[fact].Span)));
    }

    [Theory]
    [InlineData("desktop/Chrome/Windows", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36")]
    [InlineData("desktop/Edge/Windows", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36 Edg/124.0.0.0")]
    [InlineData("desktop/Opera/Linux", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0.0.0 Safari/537.36 OPR/108.0.0.0")]
    [InlineData("desktop/Firefox/Linux", "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0")]
    [InlineData("desktop/Safari/macOS", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4.1 Safari/605.1.15")]
    [InlineData("mobile/Safari/iOS", "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4.1 Mobile/15E148 Safari/604.1")]
    [InlineData("tablet/Safari/iOS", "Mozilla/5.0 (iPad; CPU OS 12_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/12.1 Mobile/15E148 Safari/604.1")]
    [InlineData("mobile/Chrome/iOS", "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/124.0 Mobile/15E148 Safari/604.1")]
    [InlineData("mobile/Chrome/Android", "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36")]
    [InlineData("tablet/Samsung Internet/Android", "Mozilla/5.0 (Linux; Android 13; SM-X700) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/24.0 Chrome/117.0.0.0 Safari/537.36")]
    [InlineData("desktop/Chrome/ChromeOS", "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36")]
    [InlineData("tv/Chrome/webOS", "Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/94.0.4606.128 Safari/537.36 WebAppManager")]
    [InlineData("console/Edge/Xbox", "Mozilla/5.0 (Windows NT 10.0; Win64; x64; Xbox; Xbox One) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/46.0.2486.0 Safari/537.36 Edge/13.10586")]
    [InlineData("desktop/Internet Explorer/Windows", "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko")]
    [InlineData("mobile/Facebook/iOS", "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/21E219 [FBAN/FBIOS;FBAV/458.0]")]
    [InlineData("mobile//Android", "Dalvik/2.1.0 (Linux; U; Android 14; Pixel 8 Build/UQ1A)")]
    [InlineData("//", "okhttp/4.12.0")]
    [InlineData("//", "curl/8.5.0 (x86_64-pc-linux-gnu)")]
    [InlineData("//", "")]
    public void An_agent_is_told_by_its_names(string expected, string agent) => Assert.Equal(expected, Describe(AgentReader.Read(AgentKey.Of(agent))));

    [Theory]
    [InlineData("mobile/Chrome/Android", "\"Chromium\";v=\"124\", \"Google Chrome\";v=\"124\", \"Not-A.Brand\";v=\"99\"", "\"Android\"", "?1")]
    [InlineData("/Edge/Windows", "\"Chromium\";v=\"124\", \"Microsoft Edge\";v=\"124\", \"Not-A.Brand\";v=\"99\"", "\"Windows\"", "?0")]
    [InlineData("/Brave/Linux", "\"Brave\";v=\"124\", \"Chromium\";v=\"124\"", "\"Linux\"", "?0")]
    [InlineData("//ChromeOS", "\"Unheard Of\";v=\"1\"", "\"Chrome OS\"", "")]
    public void Client_hints_are_enough(string expected, string brands, string platform, string mobile) =>
        Assert.Equal(expected, Describe(AgentReader.Read(new AgentKey("", brands, platform, mobile))));

    [Fact]
    public void Client_hints_count_more_than_the_agent() => Assert.Equal("desktop/Brave/Windows", Describe(AgentReader.Read(new AgentKey(
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36", "\"Brave\";v=\"124\"", "\"Windows\"", "?0"))));

    [Theory]
    [InlineData("Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Googlebot/2.1; +http://www.google.com/bot.html) Chrome/124.0.0.0 Safari/537.36")]
    [InlineData("Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/116.0.1938.76 Safari/537.36")]
    [InlineData("Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)")]
    [InlineData("Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)")]
    [InlineData("Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)")]
    [InlineData("Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)")]
    [InlineData("Mozilla/5.0 (compatible; Yahoo! Slurp; http://help.yahoo.com/help/us/ysearch/slurp)")]
    [InlineData("DuckDuckBot/1.1; (+http://duckduckgo.com/duckduckbot.html)")]
    [InlineData("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)")]
    [InlineData("Mozilla/5.0 (compatible; SemrushBot/7~bl; +http://www.semrush.com/bot.html)")]
    [InlineData("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/600.2.5 (KHTML, like Gecko) Version/8.0.2 Safari/600.2.5 (Applebot/0.1)")]
    [InlineData("Twitterbot/1.0"), InlineData("LinkedInBot/1.0"), InlineData("Slackbot-LinkExpanding 1.0"), InlineData("CCBot/2.0"), InlineData("ClaudeBot/1.0")]
    [InlineData("MOZILLA/5.0 (COMPATIBLE; GOOGLEBOT/2.1)")]
    public void Crawlers_are_known_by_name(string agent) => Assert.True(AgentReader.Read(AgentKey.Of(agent)).IsCrawler);

    [Theory]
    [InlineData("curl/8.5.0"), InlineData("node"), InlineData("undici"), InlineData("axios/1.6.8"), InlineData("okhttp/4.12.0"), InlineData("python-requests/2.31.0")]
    [InlineData("posthog-node/4.0.0"), InlineData("analytics-node/2.1.0"), InlineData("Umami/2.11.0"), InlineData("Go-http-client/2.0"), InlineData("PostmanRuntime/7.37.0")]
    [InlineData("Mozilla/5.0 (linux) AppleWebKit/537.36 (KHTML, like Gecko) jsdom/24.0.0")]
    [InlineData("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/124.0.0.0 Safari/537.36")]
    [InlineData("Mozilla/5.0 (Linux; Android 9; CUBOT X19) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36")]
    [InlineData("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36")]
    [InlineData("")]
    public void Programs_libraries_and_browsers_are_no_crawlers(string agent) => Assert.False(AgentReader.Read(AgentKey.Of(agent)).IsCrawler);

    [Fact]
    public void The_memory_of_agents_is_bounded_and_keeps_what_is_in_use()
    {
        var cache = new RecentCache<AgentKey, Agent>(100, key => AgentReader.Read(key));
        var used = AgentKey.Of("Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0");
        var first = cache.Of(used);
        for (var i = 0; i < 5000; i++)
        {
            cache.Of(AgentKey.Of($"other/{i}"));
            if (i % 50 == 0) Assert.Same(first, cache.Of(used));
            Assert.InRange(cache.Count, 1, 200);
        }
    }

    [Fact]
    public async Task Many_at_once_find_the_same_agents()
    {
        var cache = new RecentCache<AgentKey, Agent>(50, key => AgentReader.Read(key));
        await Parallel.ForAsync(0, 20_000, (i, _) =>
        {
            Assert.Equal("desktop/Chrome/Windows", Describe(cache.Of(AgentKey.Of($"(Windows NT 10.0) Chrome/{i % 300}"))));
            return ValueTask.CompletedTask;
        });
        Assert.InRange(cache.Count, 1, 120);
    }

    [Fact]
    public void An_agent_of_any_length_is_cut() =>
        Assert.Equal(512, AgentKey.Of(new RequestFacts { UserAgent = new string('x', 30_000), Brands = new string('y', 30_000) }).UserAgent.Length);
}
