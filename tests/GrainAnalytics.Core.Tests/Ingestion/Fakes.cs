using System.Text;
using GrainAnalytics.Core.Counters;
using GrainAnalytics.Core.Engine;
using GrainAnalytics.Core.Enrichment;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Journeys;
using GrainAnalytics.Core.Limits;
using GrainAnalytics.Core.Quotas;
using GrainAnalytics.Core.Sessions;
using GrainAnalytics.Core.Signing;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Spool;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.Testing;

namespace GrainAnalytics.Core.Tests.Ingestion;

/// <summary>An engine that remembers what it was given and answers what the test says.</summary>
internal sealed class RecordingEngine : IAnalyticsEngine
{
    public List<EncodedEvent> Appended { get; } = [];
    public Func<EncodedEvent, IngestOutcome> Answer { get; set; } = _ => IngestOutcome.Stored;
    public string Name => "recording";
    public int Silos => 1;
    public BufferStatus Buffer { get; set; } = new(0, false, 500, 50_000, false, true);
    public SpoolStatus? Spool { get; set; }

    public ValueTask<IngestOutcome[]> AppendAsync(Site site, EncodedEvent[] events, CancellationToken cancel)
    {
        Appended.AddRange(events);
        return new([.. events.Select(Answer)]);
    }

    public ValueTask<JourneyPage> ReadJourneyAsync(Site site, JourneyQuery query, CancellationToken cancel) => throw new NotSupportedException();
    public ValueTask<SessionView?> ReadSessionAsync(Site site, string sessionId, CancellationToken cancel) => throw new NotSupportedException();
    public ValueTask<DayTotals> ReadDayAsync(Site site, DateOnly day, CancellationToken cancel) => throw new NotSupportedException();
}

/// <summary>Knows the keys "key", of a site with the quota that the test says, and "signed", whose requests must be signed with "secret"; "away"
/// finds the database gone.</summary>
internal sealed class OneSite : ISiteDirectory
{
    public static readonly Site Site = new(1, "test", null, SiteClock.Utc);

    public SiteQuota Quota { get; init; } = SiteQuota.Unlimited;

    public string? Domain { get; init; }

    public ValueTask<SiteAccess?> FindAsync(string key, CancellationToken cancel) => key switch
    {
        "key" => new(new SiteAccess(Site with { Quota = Quota, Domain = Domain }, KeyKind.Write)),
        "signed" => new(new SiteAccess(Site, KeyKind.Api, new KeySigning("secret", IsRequired: true))),
        "away" => throw new EventStoreException(StoreFailure.Away, false, "gone"),
        _ => new((SiteAccess?)null),
    };

    public ValueTask<Site?> FindAsync(int siteId, CancellationToken cancel) => new(siteId == 1 ? Site : null);
}

/// <summary>A body that cannot be read.</summary>
internal sealed class BadBody(IngestOutcome outcome) : IIngestBody
{
    public bool IsLines => false;
    public ReadOnlyMemory<byte> Bytes => default;
    public ValueTask<IngestOutcome> ReadAsync(int maxBytes, SignatureCheck? check, CancellationToken cancel) => new(outcome);
}

/// <summary>What became of a request.</summary>
internal sealed record Ingested(IngestOutcome Outcome, IngestOutcome[] Verdicts, IReadOnlyList<IngestError> Errors, List<EncodedEvent> Events, string? Detail);

/// <summary>Runs requests through the whole pipeline.</summary>
internal static class Pipeline
{
    /// <summary>When requests arrive.</summary>
    public static readonly long Arrival = TestEvents.At("2026-03-15T12:00:00Z");

    public static Task<Ingested> RunAsync(string body, bool isLines = false, RecordingEngine? engine = null, string? key = "key", IngestOptions? options = null,
        OneSite? sites = null, RateLimits? limits = null, QuotaGate? quotas = null) =>
        RunAsync(new IngestBytes(Encoding.UTF8.GetBytes(body), isLines), engine, key, options, sites, limits, quotas);

    public static async Task<Ingested> RunAsync(IIngestBody body, RecordingEngine? engine = null, string? key = "key", IngestOptions? options = null,
        OneSite? sites = null, RateLimits? limits = null, QuotaGate? quotas = null)
    {
        engine ??= new RecordingEngine();
        var pipeline = new IngestPipeline(sites ?? new OneSite(), engine, new IngestMetrics(new TestMeters()), limits: limits, quotas: quotas);
        using var context = new IngestContext(options ?? new IngestOptions(), Arrival, key, body);
        var outcome = await pipeline.RunAsync(context, default);
        return new Ingested(outcome, context.Verdicts, [.. context.Errors], engine.Appended, context.Detail);
    }

    /// <summary>Runs a request whose headers are known.</summary>
    public static async Task<List<EncodedEvent>> RunAsync(string body, RequestFacts request, string? domain = null)
    {
        var engine = new RecordingEngine();
        var pipeline = new IngestPipeline(new OneSite { Domain = domain }, engine, new IngestMetrics(new TestMeters()));
        using var context = new IngestContext(new IngestOptions(), Arrival, "key", new IngestBytes(Encoding.UTF8.GetBytes(body))) { Request = request };
        Xunit.Assert.Equal(IngestOutcome.Accepted, await pipeline.RunAsync(context, default));
        return engine.Appended;
    }

    /// <summary>Runs a request that must be accepted as one event, and returns the event.</summary>
    public static async Task<EncodedEvent> OneAsync(string body)
    {
        var result = await RunAsync(body);
        Xunit.Assert.Equal(IngestOutcome.Accepted, result.Outcome);
        return Xunit.Assert.Single(result.Events);
    }
}
