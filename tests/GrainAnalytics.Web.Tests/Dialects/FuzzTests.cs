using GrainAnalytics.Web.Tests.Support;

namespace GrainAnalytics.Web.Tests.Dialects;

public sealed class FuzzTests(DialectServer server) : IClassFixture<DialectServer>
{
    private const int Rounds = 400;

    public static readonly TheoryData<string, string> Bodies = new()
    {
        { "/v1/batch?writeKey=write-key-1", """{"batch":[{"type":"page","name":"n","messageId":"m","userId":"u","properties":{"a":[1,{"b":null}]},"context":{"page":{"url":"x"},"screen":{"width":1,"height":2}},"timestamp":"2026-01-31T12:00:00Z"}],"sentAt":"2026-01-31T12:00:00Z"}""" },
        { "/v1/t", """{"writeKey":"write-key-1","type":"track","event":"e","userId":"u","anonymousId":17}""" },
        { "/api/s/track?writeKey=write-key-1", """{"type":"track","event":"e","userId":"u"}""" },
        { "/batch/", """{"api_key":"write-key-1","batch":[{"event":"$pageleave","distinct_id":"u","offset":12.5,"properties":{"$prev_pageview_duration":1.5,"$screen_width":1,"$screen_height":2,"$set":{}}}],"sent_at":"2026-01-31T12:00:00Z"}""" },
        { "/e/", """data=%7B%22api_key%22%3A%22write-key-1%22%2C%22event%22%3A%22e%22%2C%22distinct_id%22%3A%22u%22%7D""" },
        { "/api/event", """{"n":"e","u":"https://shop.example/","d":"shop.example,1","p":"{\"a\":{\"b\":[1]}}","$":{"amount":1},"e":12,"sd":3}""" },
        { "/api/send", """{"type":"event","payload":{"website":"shop.example","hostname":"shop.example","url":"/p","name":"n","data":{"a":1},"id":"u","timestamp":1769860800,"ip":"::1"}}""" },
        { "/api/batch", """[{"type":"performance","payload":{"website":"1","lcp":1.5}},{"type":"identify","payload":{"website":"shop.example","data":{}}}]""" },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task Whatever_is_changed_in_a_body_it_is_answered_and_the_server_goes_on(string path, string body)
    {
        var statuses = new SortedSet<int>();
        for (var seed = 0; seed < Rounds; seed++)
        {
            using var response = await server.PostBytesAsync(path, new BodyGenerator(seed).Mutate(body), "text/plain");
            Assert.True((int)response.StatusCode < 500, $"seed {seed}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
            statuses.Add((int)response.StatusCode);
        }
        // Some of them are still what they were, and some are not.
        Assert.True(statuses.Count > 1, string.Join(' ', statuses));
        using var good = await server.PostAsync(path, body, "text/plain");
        Assert.Equal(2, (int)good.StatusCode / 100);
    }
}
