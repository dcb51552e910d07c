using System.Text.Json.Nodes;
using GrainAnalytics.Web.Tests.Support;

namespace GrainAnalytics.Web.Tests;

/// <summary>Visitors who sign in: one person from then on, and one journey.</summary>
public sealed class IdentityTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task Journey_shows_both_sides_and_nobody_counts_twice()
    {
        const string From = "2025-05-05";
        await server.Writer.SendAsync("""
            [{"type":"page_view","anonymousId":"anon-1","occurredAt":"2025-05-05T10:00:00Z"},
             {"type":"page_view","anonymousId":"anon-1","occurredAt":"2025-05-12T10:00:00Z"}]
            """);
        Assert.Equal(2, await EventsAsync("anon-1"));
        Assert.Equal(0, await EventsAsync("ida"));     // looked up before, so that what is in memory must change
        Assert.Equal("[1,1]", await WeeksAsync());

        await server.Writer.SendAsync("""
            [{"type":"identify","userId":"ida","anonymousId":"anon-1","occurredAt":"2025-05-12T10:05:00Z"},
             {"type":"purchase","userId":"ida","occurredAt":"2025-05-12T10:06:00Z"}]
            """);
        Assert.Equal(4, await EventsAsync("ida"));
        Assert.Equal("[1,1]", await WeeksAsync());
        Assert.Equal("""{"window":"weekly","cohorts":[{"cohort":"2025-05-05","size":1,"retained":[1,1]}]}""",
            await server.Reader.GetStringAsync($"/v1/stats/retention?window=weekly&periods=1&from={From}&to=2025-05-18"));

        // What comes under the old id later is hers, too.
        await server.Writer.SendAsync("""{"type":"page_view","anonymousId":"anon-1","occurredAt":"2025-05-13T10:00:00Z"}""");
        Assert.Equal(5, await EventsAsync("ida"));
        Assert.Equal("[1,1]", await WeeksAsync());
        Assert.Equal("""{"data":[{"type":"page_view","count":3},{"type":"purchase","count":1}]}""",
            await server.Reader.GetStringAsync($"/v1/stats/top-events?from={From}&to=2025-05-18"));
        var profile = await server.Reader.GetJsonAsync("/v1/users/anon-1");
        Assert.Equal(("ida", 4), ((string)profile["userId"]!, (int)profile["events"]!));

        async Task<string> WeeksAsync() => new JsonArray([.. (await server.Reader.GetJsonAsync($"/v1/stats/wau?from={From}&to=2025-05-18"))["data"]!.AsArray()
            .Select(week => week!["activeUsers"]!.DeepClone())]).ToJsonString();
    }

    [Fact]
    public async Task Pages_of_a_joined_journey_lead_to_every_event_once_newest_first()
    {
        await server.Writer.SendAsync($"[{string.Join(',', Enumerable.Range(0, 30).Select(i =>
            $$"""{"eventId":"mix-{{i:00}}","type":"view",{{(i % 3 == 0 ? "\"userId\":\"max\"" : $"\"anonymousId\":\"max-{i % 3}\"")}},"occurredAt":"2025-06-01T10:00:{{i / 2:00}}Z"}"""))}]");
        await server.Writer.SendAsync("""
            [{"type":"identify","userId":"max","anonymousId":"max-1","occurredAt":"2025-06-02T10:00:00Z","eventId":"y"},
             {"type":"alias","userId":"max","payload":{"previousId":"max-2"},"occurredAt":"2025-06-02T10:00:01Z","eventId":"z"}]
            """);
        var seen = new List<string>();
        for (var path = "/v1/users/max/journey?limit=7"; path is not null;)
        {
            var page = await server.Reader.GetJsonAsync(path);
            seen.AddRange(page["events"].Texts("eventId"));
            path = (string?)page["nextCursor"] is { } cursor ? $"/v1/users/max/journey?limit=7&cursor={Uri.EscapeDataString(cursor)}" : null;
        }
        Assert.Equal(["z", "y", .. Enumerable.Range(0, 30).Reverse().Select(i => $"mix-{i:00}")], seen);
    }

    [Fact]
    public async Task The_first_to_sign_in_keeps_a_shared_computers_past()
    {
        await server.Writer.SendAsync("""{"type":"view","anonymousId":"kiosk","occurredAt":"2025-07-01T10:00:00Z"}""");
        await server.Writer.SendAsync("""{"type":"identify","userId":"first","anonymousId":"kiosk","occurredAt":"2025-07-01T10:01:00Z"}""");
        Assert.Equal(0, await EventsAsync("second"));
        await server.Writer.SendAsync("""{"type":"identify","userId":"second","anonymousId":"kiosk","occurredAt":"2025-07-01T10:02:00Z"}""");
        Assert.Equal((2, 1), (await EventsAsync("first"), await EventsAsync("second")));
        // Nor can anybody become their own past.
        await server.Writer.SendAsync("""{"type":"alias","userId":"kiosk","payload":{"previousId":"first"},"occurredAt":"2025-07-01T10:03:00Z"}""");
        Assert.Equal("first", (string?)(await server.Reader.GetJsonAsync("/v1/users/kiosk"))["userId"]);
    }

    [Fact]
    public async Task Profile_has_the_latest_of_each_trait_in_whatever_order_they_came()
    {
        await server.Writer.SendAsync("""
            [{"type":"identify","userId":"tia","occurredAt":"2025-08-02T10:00:00Z","payload":{"traits":{"plan":"pro","seats":2},"traitsOnce":{"source":"late"}}},
             {"type":"identify","userId":"tia","anonymousId":"tia-0","occurredAt":"2025-08-01T10:00:00Z","payload":{"plan":"free","city":"Zürich","url":"/in","source":null}},
             {"type":"identify","userId":"tia","occurredAt":"2025-07-31T10:00:00Z","payload":{"traitsOnce":{"source":"ad","first":"yes"}}},
             {"type":"group","userId":"tia","occurredAt":"2025-08-03T10:00:00Z","payload":{"groupId":"acme","traits":{"size":9}}},
             {"type":"group","userId":"tia-0","occurredAt":"2025-08-04T10:00:00Z","payload":{"groupId":"guests"}}]
            """);
        var profile = await server.Reader.GetJsonAsync("/v1/users/tia");
        Assert.Equal("""{"city":"Zürich","first":"yes","plan":"pro","seats":2,"source":null}""", profile["traits"]!.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
        Assert.Equal("""["guests","acme"]""", profile["groups"]!.ToJsonString());
    }

    private async Task<int> EventsAsync(string user) => (await server.Reader.GetJsonAsync($"/v1/users/{user}/journey"))["events"]!.AsArray().Count;
}
