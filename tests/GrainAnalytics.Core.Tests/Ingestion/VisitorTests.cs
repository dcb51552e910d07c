using System.Text;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Visitors;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.Testing;
using Xunit;

namespace GrainAnalytics.Core.Tests.Ingestion;

/// <summary>Events that name nobody and say "cookieless".</summary>
public sealed class VisitorTests
{
    private const string Row = """{"type":"t","cookieless":true}""";

    private static readonly VisitorClues Someone = new(0xffff_7f00_0001, "Browser");

    /// <summary>A key for each day: the day's number, 32 times.</summary>
    private sealed class Salts(bool isAway = false) : IVisitorSalts
    {
        public List<DateOnly> Asked { get; } = [];

        public ValueTask<byte[]> FindAsync(DateOnly day, CancellationToken cancel)
        {
            Asked.Add(day);
            return isAway ? throw new EventStoreException(StoreFailure.Away, false, "gone") : new(Enumerable.Repeat((byte)day.Day, 32).ToArray());
        }

        public Task TurnAsync(CancellationToken cancel) => throw new NotSupportedException();
    }

    private sealed class SiteIn(int id, string zone) : ISiteDirectory
    {
        public ValueTask<SiteAccess?> FindAsync(string key, CancellationToken cancel) => new(new SiteAccess(new Site(id, "test", null, new SiteClock(zone)), KeyKind.Write));
        public ValueTask<Site?> FindAsync(int siteId, CancellationToken cancel) => throw new NotSupportedException();
    }

    private static async Task<(IngestOutcome Outcome, List<EncodedEvent> Events, IngestError[] Errors, Salts Salts)> RunAsync(string body, VisitorClues? clues, string at = "2026-03-15T12:00:00Z",
        string zone = "UTC", int site = 1, Salts? salts = null)
    {
        var engine = new RecordingEngine();
        salts ??= new Salts();
        var pipeline = new IngestPipeline(new SiteIn(site, zone), engine, new IngestMetrics(new TestMeters()), salts: salts);
        using var context = new IngestContext(new IngestOptions(), TestEvents.At(at), "key", new IngestBytes(Encoding.UTF8.GetBytes(body)) { Visitor = clues });
        var outcome = await pipeline.RunAsync(context, default);
        return (outcome, engine.Appended, [.. context.Errors], salts);
    }

    private static async Task<string> NameAsync(VisitorClues clues, string at = "2026-03-15T12:00:00Z", string zone = "UTC", int site = 1) =>
        Assert.Single((await RunAsync(Row, clues, at, zone, site)).Events).UserIdText;

    private static string Text(ReadOnlyMemory<byte> utf8) => Encoding.UTF8.GetString(utf8.Span);

    [Fact]
    public async Task Visitor_and_session_get_the_days_name()
    {
        var sent = Assert.Single((await RunAsync(Row, Someone)).Events);
        Assert.Matches("^cl_[A-Za-z0-9_-]{22}$", sent.UserIdText);
        Assert.Equal((sent.UserIdText, false), (Text(sent.SessionId), sent.HasAnonymousId));
        Assert.Equal("mine", Text(Assert.Single((await RunAsync("""{"type":"t","cookieless":true,"sessionId":"mine"}""", Someone)).Events).SessionId));
    }

    [Fact]
    public async Task Name_stays_for_the_day_and_changes_with_whatever_it_is_made_of()
    {
        var name = await NameAsync(Someone);
        Assert.Equal(name, await NameAsync(Someone, "2026-03-15T23:59:59Z"));
        Assert.Equal(6, new HashSet<string>
        {
            name,
            await NameAsync(Someone with { Address = Someone.Address + 1 }),
            await NameAsync(Someone with { UserAgent = "Other" }),
            await NameAsync(Someone with { UserAgent = "" }),
            await NameAsync(Someone, site: 2),
            await NameAsync(Someone, "2026-03-16T00:00:00Z"),
        }.Count);
    }

    [Theory]
    [InlineData("UTC", "2026-03-15")]
    [InlineData("Pacific/Kiritimati", "2026-03-16")]
    [InlineData("Pacific/Pago_Pago", "2026-03-14")]
    public async Task Day_is_the_sites_own_at_the_arrival(string zone, string day)
    {
        // Whatever day the event claims: nobody may ask for names of other days.
        var body = """[{"type":"t","cookieless":true,"occurredAt":"2026-03-10T10:00:00Z"},{"type":"t","cookieless":true}]""";
        var result = await RunAsync(body, Someone, "2026-03-15T10:30:00Z", zone);
        Assert.Equal([DateOnly.Parse(day)], result.Salts.Asked);
        Assert.Single(result.Events.Select(sent => sent.UserIdText).Distinct());
    }

    [Theory]
    [InlineData("""{"type":"t","userId":"u","cookieless":true}""", "u")]
    [InlineData("""{"type":"t","anonymousId":"a","cookieless":true}""", "a")]
    [InlineData("""{"type":"t","userId":"u","cookieless":"whatever"}""", "u")]
    public async Task Who_has_a_name_keeps_it(string row, string name)
    {
        var result = await RunAsync(row, Someone);
        Assert.Equal((name, false), (Assert.Single(result.Events).UserIdText, result.Events[0].HasSession));
        Assert.Empty(result.Salts.Asked);
    }

    [Theory]
    [InlineData("""{"type":"t"}"""), InlineData("""{"type":"t","cookieless":false}"""), InlineData("""{"type":"t","cookieless":null}""")]
    [InlineData("""{"type":"t","cookieless":"true"}"""), InlineData("""{"type":"t","cookieless":1}"""), InlineData("""{"type":"t","cookieless":{}}""")]
    public async Task Who_does_not_say_so_is_refused(string row)
    {
        var result = await RunAsync($"[{row},{Row}]", Someone);
        Assert.Equal((0, IngestOutcome.MissingUser), Assert.Single(result.Errors.Select(error => (error.Index, error.Outcome))));
        Assert.Single(result.Events);
    }

    [Fact]
    public async Task Without_an_address_the_row_is_refused_and_no_other()
    {
        var result = await RunAsync($$"""[{{Row}},{"type":"t","userId":"u"},{"type":"","cookieless":true},{{Row}}]""", null);
        Assert.Equal(IngestOutcome.Accepted, result.Outcome);
        Assert.Equal([(0, IngestOutcome.MissingUser), (2, IngestOutcome.InvalidType), (3, IngestOutcome.MissingUser)], result.Errors.Select(error => (error.Index, error.Outcome)));
        Assert.Equal("u", Assert.Single(result.Events).UserIdText);
        Assert.Equal(IngestOutcome.NothingValid, (await RunAsync(Row, null)).Outcome);
    }

    [Fact]
    public async Task While_the_days_key_is_unknown_the_request_is_refused_for_now()
    {
        var result = await RunAsync($$"""[{{Row}},{"type":"t","userId":"u"}]""", Someone, salts: new Salts(isAway: true));
        Assert.Equal(IngestOutcome.StoreUnavailable, result.Outcome);
        Assert.Empty(result.Events);
        Assert.Equal(IngestOutcome.Accepted, (await RunAsync("""{"type":"t","userId":"u"}""", Someone, salts: new Salts(isAway: true))).Outcome);
    }
}
