using System.Text;
using System.Text.Json.Nodes;

namespace GrainAnalytics.Web.Tests.Dialects;

public sealed class PostHogTests(DialectServer server) : IClassFixture<DialectServer>
{
    private const string Key = DialectServer.WriteKey;

    private static string One(string user, string name = "signed_up", string more = "") =>
        $$$$"""{"event":"{{{{name}}}}","distinct_id":"{{{{user}}}}","uuid":"{{{{Guid.CreateVersion7()}}}}","properties":{"token":"{{{{Key}}}}","plan":"pro"{{{{more}}}}}}""";

    private async Task TakenAsync(Task<HttpResponseMessage> request) => Assert.Equal("""{"status":1}""", await DialectServer.AnswerAsync(await request, 200));

    [Fact]
    public async Task Batch_becomes_events_of_its_kinds()
    {
        var body = $$$$"""
            {"api_key":"{{{{Key}}}}","batch":[
              {"event":"$pageview","distinct_id":"grace","uuid":"01938f6e-7c1a-7000-8000-000000000001","timestamp":"2026-03-04T05:06:07.008Z",
               "properties":{"$current_url":"https://shop.example/p","$session_id":"s-9","$screen_width":1440,"$screen_height":900,"$device_id":"dev-1"}},
              {"event":"$screen","distinct_id":"grace","timestamp":"2026-03-04T05:06:06Z","properties":{"$screen_name":"Home"}},
              {"event":"bought","distinct_id":"grace","timestamp":"2026-03-04T05:06:05Z","properties":{"amount":1.10}},
              {"event":"$identify","distinct_id":"grace","timestamp":"2026-03-04T05:06:04Z","properties":{"$anon_distinct_id":"anon-1"},"$set":{"plan":"pro"},"$set_once":{"first":1}},
              {"event":"$set","distinct_id":"grace","timestamp":"2026-03-04T05:06:03Z","properties":{"$set":{"a":1}}},
              {"event":"$create_alias","distinct_id":"grace","timestamp":"2026-03-04T05:06:02Z","properties":{"distinct_id":"grace","alias":"old-grace"}},
              {"event":"$groupidentify","distinct_id":"grace","timestamp":"2026-03-04T05:06:01Z","properties":{"$group_type":"company","$group_key":"c-1","$group_set":{"n":1}}},
              {"event":"$pageleave","distinct_id":"grace","timestamp":"2026-03-04T05:06:00Z","properties":{"$prev_pageview_duration":3.25}}
            ],"historical_migration":false}
            """;
        await TakenAsync(server.PostAsync("/batch/", body));
        var events = await server.JourneyAsync("grace");
        Assert.Equal(["page_view", "screen_view", "bought", "identify", "identify", "alias", "group", "$pageleave"], events.Select(e => (string)e!["type"]!));
        Assert.Equal(("01938f6e-7c1a-7000-8000-000000000001", "s-9", "2026-03-04T05:06:07.008Z"),
            ((string)events[0]!["eventId"]!, (string)events[0]!["sessionId"]!, (string)events[0]!["occurredAt"]!));
        Assert.Equal("""{"amount":1.10}""", events[2]!["payload"]!.ToJsonString());
        Assert.Equal("""{"traits":{"plan":"pro"},"traitsOnce":{"first":1}}""", events[3]!["payload"]!.ToJsonString());
        Assert.Equal("""{"traits":{"a":1}}""", events[4]!["payload"]!.ToJsonString());
        Assert.Equal("""{"previousId":"old-grace"}""", events[5]!["payload"]!.ToJsonString());
        Assert.Equal("""{"groupId":"c-1","groupType":"company","traits":{"n":1}}""", events[6]!["payload"]!.ToJsonString());
    }

    [Theory]
    [InlineData("/e"), InlineData("/e/"), InlineData("/i/v0/e/"), InlineData("/capture/"), InlineData("/batch")]
    public async Task One_event_or_a_list_comes_on_every_path(string path)
    {
        await TakenAsync(server.PostAsync(path, One($"one{path}"), "text/plain"));
        await TakenAsync(server.PostAsync(path, $"[{One($"list{path}")},{One($"list{path}")}]", "text/plain"));
        Assert.Equal("signed_up", (string)(await server.OnlyAsync($"one{path}"))["type"]!);
        Assert.Equal(2, (await server.JourneyAsync($"list{path}")).Count);
    }

    [Fact]
    public async Task Every_way_of_packing_is_understood()
    {
        await TakenAsync(server.PostBytesAsync("/e/?compression=gzip-js", DialectServer.Gzip(One("gzip-js")), "text/plain"));
        await TakenAsync(server.PostBytesAsync("/batch/", DialectServer.Gzip(One("gzip")), "application/json", ("Content-Encoding", "gzip")));
        var base64 = Convert.ToBase64String(Encoding.UTF8.GetBytes(One("base64", more: ",\"t\":\"??>>~~\"")));
        await TakenAsync(server.PostAsync("/e/?compression=base64", base64, "text/plain"));
        await TakenAsync(server.PostAsync("/e/", "data=" + Uri.EscapeDataString(Convert.ToBase64String(Encoding.UTF8.GetBytes(One("form")))) + "&compression=base64", "application/x-www-form-urlencoded"));
        await TakenAsync(server.PostAsync("/e/", "data=" + Uri.EscapeDataString(One("plain-form")), "application/x-www-form-urlencoded"));
        await TakenAsync(server.Anyone.GetAsync("/e/?data=" + Uri.EscapeDataString(Convert.ToBase64String(Encoding.UTF8.GetBytes(One("get"))))));
        foreach (var user in (string[])["gzip-js", "gzip", "base64", "form", "plain-form", "get"]) Assert.Equal("signed_up", (string)(await server.OnlyAsync(user))["type"]!);
    }

    [Fact]
    public async Task How_long_an_event_waited_decides_its_time()
    {
        await TakenAsync(server.PostAsync("/e/", $$$$"""{"event":"e","distinct_id":"waited","offset":90000.5,"properties":{"token":"{{{{Key}}}}"}}"""));
        var only = await server.OnlyAsync("waited");
        Assert.Equal(90.0005, (DateTimeOffset.Parse((string)only["receivedAt"]!) - DateTimeOffset.Parse((string)only["occurredAt"]!)).TotalSeconds, 6);
    }

    [Theory]
    [InlineData("""{"api_key":"KEY","sent_at":"2020-01-01T00:02:00Z","batch":[{"event":"e","distinct_id":"USER","timestamp":"2020-01-01T00:00:00Z"}]}""", "/batch/")]
    [InlineData("""{"api_key":"KEY","event":"e","distinct_id":"USER","timestamp":"2020-01-01T00:00:00Z"}""", "/e/?_=1577836920000")]
    public async Task A_clock_that_is_wrong_is_corrected(string body, string path)
    {
        var user = $"clock{path}";
        await TakenAsync(server.PostAsync(path, body.Replace("KEY", Key).Replace("USER", user)));
        var only = await server.OnlyAsync(user);
        Assert.Equal(TimeSpan.FromMinutes(2), DateTimeOffset.Parse((string)only["receivedAt"]!) - DateTimeOffset.Parse((string)only["occurredAt"]!));
    }

    [Fact]
    public async Task Who_did_not_say_who_they_are_is_known_by_the_id_that_the_SDK_made()
    {
        await TakenAsync(server.PostAsync("/e/", One("made-up-id", more: ",\"$is_identified\":false")));
        Assert.Single(await server.JourneyAsync("made-up-id"));
    }

    [Fact]
    public async Task Bad_events_of_a_batch_cost_the_others_nothing()
    {
        var body = $$"""
            {"api_key":"{{Key}}","batch":[{"event":"good","distinct_id":"ph-mixed"},{"distinct_id":"ph-mixed","uuid":"ph-poison-1"},
             {"event":"e","uuid":"ph-poison-2"},{"event":"e","distinct_id":"ph-mixed","uuid":"ph-poison-3","timestamp":12},"ph-poison-4",{"event":"good","distinct_id":17}]}
            """;
        await TakenAsync(server.PostAsync("/batch/", body));
        Assert.Single(await server.JourneyAsync("ph-mixed"));
        Assert.Single(await server.JourneyAsync("17"));
        Assert.Equal(["invalid-occurred-at", "missing-type", "missing-user", "not-an-object"], (await server.LettersAsync("ph-poison-", 4)).Order());
    }

    [Theory]
    [InlineData("""{"api_key":"wrong","batch":[{"event":"e","distinct_id":"u"}]}""", 401), InlineData("""{"batch":[{"event":"e","distinct_id":"u"}]}""", 401),
     InlineData("[]", 401), InlineData("", 400), InlineData("data=", 400), InlineData("data=%%%", 400), InlineData("%ff", 400), InlineData("@@@@", 400), InlineData("{", 400),
     InlineData("""{"api_key":"write-key-1","batch":[]}""", 400), InlineData("""{"api_key":"write-key-1","batch":[{},1]}""", 200), InlineData("\"x\"", 400)]
    public async Task Hostile_bodies_are_answered_and_never_500(string body, int status)
    {
        var answer = JsonNode.Parse(await DialectServer.AnswerAsync(await server.PostAsync("/batch/", body), status))!;
        if (status == 401) Assert.Equal("invalid_api_key", (string)answer["code"]!);
    }

    [Fact]
    public async Task The_browser_SDK_is_told_that_there_is_nothing_beside_events()
    {
        using var script = await server.Anyone.GetAsync("/array/phc_1-a/config.js");
        Assert.Equal((200, "text/javascript"), ((int)script.StatusCode, script.Content.Headers.ContentType!.MediaType));
        Assert.Contains("[\"phc_1-a\"] = {\"config\": {", await script.Content.ReadAsStringAsync());
        foreach (var odd in (string[])["%22%5D;alert(1)//", "%3Cscript%3E", new string('a', 201)])
            Assert.Equal(404, (int)(await server.Anyone.GetAsync($"/array/{odd}/config.js")).StatusCode);
    }

    [Theory]
    [InlineData("/flags/?v=2"), InlineData("/decide/?v=3")]
    public async Task There_are_no_flags(string path)
    {
        var answer = JsonNode.Parse(await DialectServer.AnswerAsync(await server.PostAsync(path, "{}"), 200))!;
        Assert.Empty(answer["featureFlags"]!.AsObject());
        Assert.False((bool)answer["sessionRecording"]!);
    }
}
