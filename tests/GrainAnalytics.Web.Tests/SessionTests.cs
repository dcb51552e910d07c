using GrainAnalytics.Web.Tests.Support;

namespace GrainAnalytics.Web.Tests;

public sealed class SessionTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task Session_shows_its_span_and_events_and_follows_new_ones()
    {
        await server.Writer.SendAsync("""
            [{"eventId":"s1","type":"t","userId":"u","sessionId":"visit","occurredAt":"2026-01-01T10:00:00Z"},
             {"eventId":"s2","type":"t","userId":"u","sessionId":"visit","occurredAt":"2026-01-01T11:00:00Z"}]
            """);
        var session = await server.Reader.GetJsonAsync("/v1/sessions/visit");
        Assert.Equal(["sessionId", "userId", "startedAt", "lastSeenAt", "eventCount", "events"], session.AsObject().Select(member => member.Key));
        Assert.Equal(("visit", "u", "2026-01-01T10:00:00.000Z", "2026-01-01T11:00:00.000Z", 2), ((string)session["sessionId"]!,
            (string)session["userId"]!, (string)session["startedAt"]!, (string)session["lastSeenAt"]!, (int)session["eventCount"]!));
        Assert.Equal(["s2", "s1"], session["events"].Texts("eventId"));

        await server.Writer.SendAsync("""{"eventId":"s0","type":"t","userId":"u","sessionId":"visit","occurredAt":"2026-01-01T09:00:00Z"}""");
        session = await server.Reader.GetJsonAsync("/v1/sessions/visit");
        Assert.Equal(["s2", "s1", "s0"], session["events"].Texts("eventId"));
        Assert.Equal("2026-01-01T09:00:00.000Z", (string?)session["startedAt"]);
    }

    [Fact]
    public async Task Session_ids_may_have_slashes_and_quotes()
    {
        await server.Writer.SendAsync("""{"type":"t","userId":"u","sessionId":"a/\"b\" c"}""");
        var session = await server.Reader.GetJsonAsync("/v1/sessions/" + Uri.EscapeDataString("a/\"b\" c"));
        Assert.Equal("a/\"b\" c", (string?)session["sessionId"]);
    }

    [Fact]
    public async Task Unknown_session_is_not_found()
    {
        using var response = await server.Reader.GetAsync("/v1/sessions/none");
        await response.ProblemAsync(404, "session-not-found");
    }
}
