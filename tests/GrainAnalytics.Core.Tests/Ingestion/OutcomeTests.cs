using System.Text;
using GrainAnalytics.Core.Engine;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Limits;
using GrainAnalytics.Core.Quotas;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace GrainAnalytics.Core.Tests.Ingestion;

/// <summary>Every outcome of the closed list is reached, or it is said here who else reaches it.</summary>
public sealed class OutcomeTests
{
    private const string Good = """{"type":"t","userId":"u"}""";

    private static readonly Dictionary<IngestOutcome, string[]> Rows = new()
    {
        [IngestOutcome.NotAnObject] = ["""["x"]""", "[1]", "[null]", "[true]", "[[]]", $"[[{Good}]]"],
        [IngestOutcome.EventTooLarge] = [$$$"""{"type":"t","userId":"u","payload":{"a":"{{{new string('x', 33_000)}}}"}}"""],
        [IngestOutcome.NestingTooDeep] = [$$"""{"type":"t","userId":"u","payload":{{Nested(32)}}}"""],
        [IngestOutcome.MissingType] = ["""{"userId":"u"}""", """{"type":null,"userId":"u"}""", """{"TYPE":"t","userId":"u"}"""],
        [IngestOutcome.InvalidType] = ["""{"type":"","userId":"u"}""", """{"type":1,"userId":"u"}""", """{"type":{},"userId":"u"}""", $$"""{"type":"{{new string('t', 201)}}","userId":"u"}"""],
        [IngestOutcome.MissingUser] = ["""{"type":"t"}""", """{"type":"t","userId":null,"anonymousId":null}"""],
        [IngestOutcome.InvalidUserId] = ["""{"type":"t","userId":""}""", """{"type":"t","userId":7}""", """{"type":"t","userId":["u"]}""", """{"type":"t","userId":false}"""],
        [IngestOutcome.InvalidAnonymousId] = ["""{"type":"t","anonymousId":""}""", """{"type":"t","userId":"u","anonymousId":3}"""],
        [IngestOutcome.InvalidSessionId] = ["""{"type":"t","userId":"u","sessionId":""}""", """{"type":"t","userId":"u","sessionId":{}}"""],
        [IngestOutcome.InvalidEventId] = ["""{"type":"t","userId":"u","eventId":""}""", """{"type":"t","userId":"u","eventId":12}"""],
        [IngestOutcome.InvalidOccurredAt] = ["""{"type":"t","userId":"u","occurredAt":"yesterday"}""", """{"type":"t","userId":"u","occurredAt":1773576000}""",
            """{"type":"t","userId":"u","occurredAt":""}"""],
        [IngestOutcome.InvalidSentAt] = ["""{"type":"t","userId":"u","sentAt":"x"}""", """{"type":"t","userId":"u","sentAt":{}}"""],
        [IngestOutcome.OccurredAtOutOfRange] = ["""{"type":"t","userId":"u","occurredAt":"1969-12-31T23:59:59.999999Z"}""",
            """{"type":"t","userId":"u","occurredAt":"2026-03-16T12:00:00.000001Z"}"""],
        [IngestOutcome.InvalidPayload] = ["""{"type":"t","userId":"u","payload":[]}""", """{"type":"t","userId":"u","payload":"x"}""", """{"type":"t","userId":"u","payload":1}"""],
        [IngestOutcome.NulCharacter] = ["""{"type":"t\u0000","userId":"u"}""", """{"type":"t","userId":"\u0000"}""", """{"type":"t","userId":"u","eventId":"a\u0000"}""",
            """{"type":"t","userId":"u","sessionId":"a\u0000"}""", """{"type":"t","userId":"u","anonymousId":"a\u0000"}""",
            """{"type":"t","userId":"u","payload":{"a\u0000":1}}""", """{"type":"t","userId":"u","payload":{"a":["\u0000"]}}"""],
        [IngestOutcome.LoneSurrogate] = ["""{"type":"\ud800","userId":"u"}""", """{"type":"t","userId":"\udc00"}""", """{"type":"t","userId":"u","payload":{"a":"\ud83d"}}"""],
    };

    private static readonly Dictionary<IngestOutcome, Func<Task<Ingested>>> Requests = new()
    {
        [IngestOutcome.MissingKey] = () => Pipeline.RunAsync(Good, key: null),
        [IngestOutcome.UnknownKey] = () => Pipeline.RunAsync(Good, key: "other"),
        [IngestOutcome.InvalidSignature] = () => Pipeline.RunAsync(Good, key: "signed"),
        [IngestOutcome.BodyTooLarge] = () => Pipeline.RunAsync(Good + new string(' ', 2000), options: new IngestOptions { MaxBodyBytes = 2000 }),
        [IngestOutcome.TooManyEvents] = () => Pipeline.RunAsync($"[{string.Join(',', Enumerable.Repeat(Good, 1001))}]"),
        [IngestOutcome.MalformedBody] = () => Pipeline.RunAsync("{"),
        [IngestOutcome.NoEvents] = () => Pipeline.RunAsync("[]"),
        [IngestOutcome.NothingValid] = () => Pipeline.RunAsync("[{},1]"),
        [IngestOutcome.BufferFull] = () => Pipeline.RunAsync(Good, engine: new RecordingEngine { Buffer = new(50_000, true, 500, 50_000, false, true) }),
        [IngestOutcome.ShuttingDown] = () => Pipeline.RunAsync(Good, engine: new RecordingEngine { Buffer = new(0, true, 500, 50_000, true, true) }),
        [IngestOutcome.SpoolFull] = () => Pipeline.RunAsync(Good, engine: new RecordingEngine
            { Buffer = new(0, true, 500, 50_000, false, StoreAnswers: false), Spool = new(10, 1000, 1, IsFull: true) }),
        [IngestOutcome.StoreUnavailable] = () => Pipeline.RunAsync(Good, key: "away"),
        [IngestOutcome.Overloaded] = () => Pipeline.RunAsync(Good, engine: new RecordingEngine
            { Buffer = new BufferStatus(20_000, true, 500, 50_000, false, true) { ExpectedWait = TimeSpan.FromSeconds(1.1) } }),
        [IngestOutcome.ServerBusy] = () => Pipeline.RunAsync(Good, options: new IngestOptions { MaxConcurrent = 0 }),
        [IngestOutcome.KeyRateLimited] = async () =>
        {
            var limits = new RateLimits(new RateLimitOptions { KeyEventsPerSecond = 1, KeyBurst = 1 }, new FakeClock());
            Assert.Equal(IngestOutcome.Accepted, (await Pipeline.RunAsync(Good, limits: limits)).Outcome);
            return await Pipeline.RunAsync(Good, limits: limits);
        },
        [IngestOutcome.QuotaExceeded] = async () =>
        {
            var clock = new FakeClock();
            await using var gate = new QuotaGate(new LocalQuotas(new Quotas.FakeUsage(), clock, NullLogger<LocalQuotas>.Instance), clock, NullLogger<QuotaGate>.Instance);
            return await Pipeline.RunAsync($"[{Good},{Good}]", sites: new OneSite { Quota = new SiteQuota(1, null) }, quotas: gate);
        },
    };

    // Reached elsewhere: bodies are read and addresses seen by the web project, whose tests walk these; the rest are no refusals.
    private static readonly IngestOutcome[] FromTheBody = [IngestOutcome.UnsupportedEncoding, IngestOutcome.CorruptEncoding, IngestOutcome.IncompleteBody,
        IngestOutcome.BodyTooSlow, IngestOutcome.AddressRateLimited];

    public static TheoryData<IngestOutcome> All => [.. Enum.GetValues<IngestOutcome>()];

    [Theory]
    [MemberData(nameof(All))]
    public async Task Every_outcome_is_reached(IngestOutcome outcome)
    {
        if (outcome is IngestOutcome.Accepted or IngestOutcome.Stored or IngestOutcome.Duplicate or IngestOutcome.Spooled)
        {
            Assert.False(outcome.IsRowRefusal() || outcome.IsRequestRefusal());
            return;
        }
        Assert.NotEqual(outcome.IsRowRefusal(), outcome.IsRequestRefusal());
        if (outcome == IngestOutcome.MalformedLine)
        {
            foreach (var line in new[] { "{", "nonsense", Good + "x", Good + Good, "{\"type\":\"t\",}", "'", "\u00a0", "{\"type\":\"\t\"}" })
                await RefusesRowAsync(outcome, line, isLines: true);
        }
        else if (outcome == IngestOutcome.PoisonRow)
        {
            var engine = new RecordingEngine { Answer = e => e.UserIdText == "bad" ? IngestOutcome.PoisonRow : IngestOutcome.Stored };
            var result = await Pipeline.RunAsync($$"""[{"type":"t","userId":"bad"},{{Good}}]""", engine: engine);
            Assert.Equal([IngestOutcome.PoisonRow, IngestOutcome.Stored], result.Verdicts);
            Assert.Equal((0, IngestOutcome.PoisonRow), Assert.Single(result.Errors.Select(e => (e.Index, e.Outcome))));
        }
        else if (outcome is IngestOutcome.SiloUnavailable or IngestOutcome.SpoolFailed)
        {
            // Only an engine of several silos, or one with a spool, says so, and only when the events are under way.
            Assert.Equal(outcome, (await Pipeline.RunAsync(Good, engine: new RecordingEngine { Answer = _ => outcome })).Outcome);
        }
        else if (outcome.IsRowRefusal())
        {
            foreach (var row in Rows[outcome]) await RefusesRowAsync(outcome, row.StartsWith('[') ? row[1..^1] : row, isLines: false);
        }
        else
        {
            var result = FromTheBody.Contains(outcome) ? await Pipeline.RunAsync(new BadBody(outcome)) : await Requests[outcome]();
            Assert.Equal(outcome, result.Outcome);
            Assert.Empty(result.Events);
            if (outcome is IngestOutcome.BufferFull or IngestOutcome.StoreUnavailable or IngestOutcome.ShuttingDown or IngestOutcome.SpoolFull)
            {
                var late = await Pipeline.RunAsync(Good, engine: new RecordingEngine { Answer = _ => outcome });
                Assert.Equal(outcome, late.Outcome);
            }
        }
    }

    [Fact]
    public async Task While_the_store_is_away_a_full_buffer_is_no_reason_to_refuse_when_there_is_a_spool()
    {
        var away = new BufferStatus(50_000, true, 500, 50_000, false, StoreAnswers: false);
        var engine = new RecordingEngine { Buffer = away, Spool = new(10, 1000, 1, IsFull: false), Answer = _ => IngestOutcome.Spooled };
        var result = await Pipeline.RunAsync(Good, engine: engine);
        Assert.Equal(IngestOutcome.Accepted, result.Outcome);
        Assert.Equal([IngestOutcome.Spooled], result.Verdicts);
        Assert.Equal(IngestOutcome.BufferFull, (await Pipeline.RunAsync(Good, engine: new RecordingEngine { Buffer = away })).Outcome);
    }

    [Theory]
    [InlineData(1.5, 1.5), InlineData(60, 5)]
    public async Task After_an_overload_nobody_is_sent_away_for_long(double expectedSeconds, double retrySeconds)
    {
        var engine = new RecordingEngine { Buffer = new BufferStatus(20_000, true, 500, 50_000, false, true) { ExpectedWait = TimeSpan.FromSeconds(expectedSeconds) } };
        using var context = new IngestContext(new IngestOptions(), Pipeline.Arrival, "key", new IngestBytes(Encoding.UTF8.GetBytes(Good)));
        Assert.Equal(IngestOutcome.Overloaded, await new AdmitStep(engine).RunAsync(context, default));
        Assert.Equal(TimeSpan.FromSeconds(retrySeconds), context.RetryAfter);
    }

    [Fact]
    public void Codes_are_stable_and_different()
    {
        Assert.Equal("missing-type", IngestOutcome.MissingType.Code());
        Assert.Equal("nul-character", IngestOutcome.NulCharacter.Code());
        Assert.Equal(Enum.GetValues<IngestOutcome>().Length, Enum.GetValues<IngestOutcome>().Select(o => o.Code()).Distinct().Count());
    }

    // The bad row stands between two good ones, which must be stored, and is named by its index.
    private static async Task RefusesRowAsync(IngestOutcome outcome, string row, bool isLines)
    {
        var result = await Pipeline.RunAsync(isLines ? $"{Good}\n\n{row}\r\n{Good}" : $"[{Good},{row},{Good}]", isLines);
        Assert.True(result.Outcome == IngestOutcome.Accepted, $"{row[..Math.Min(80, row.Length)]}: {result.Outcome} {result.Detail}");
        Assert.Equal([IngestOutcome.Stored, outcome, IngestOutcome.Stored], result.Verdicts);
        var error = Assert.Single(result.Errors);
        Assert.Equal((1, outcome), (error.Index, error.Outcome));
        Assert.NotEmpty(error.Detail);
        Assert.Equal(2, result.Events.Count);
        var alone = await Pipeline.RunAsync(isLines ? row : $"[{row}]", isLines);
        Assert.Equal(IngestOutcome.NothingValid, alone.Outcome);
        Assert.Equal((0, outcome), (alone.Errors[0].Index, alone.Errors[0].Outcome));
    }

    private static string Nested(int levels) => new StringBuilder().Insert(0, "{\"a\":", levels - 1).Append("{}").Append('}', levels - 1).ToString();
}
