using System.Collections.Concurrent;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Quotas;
using GrainAnalytics.Core.Signing;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Tests.Ingestion;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace GrainAnalytics.Core.Tests.Quotas;

/// <summary>A front's gate, before a book of its own or before one that other fronts use too.</summary>
public sealed class QuotaGateTests
{
    private static readonly DateOnly Today = new(2026, 3, 15);

    private readonly FakeClock _clock = new();
    private readonly FakeUsage _usage = new();
    private readonly Source _source;

    public QuotaGateTests() => _source = new Source(new LocalQuotas(_usage, _clock, NullLogger<LocalQuotas>.Instance));

    private QuotaGate NewGate() => new(_source, _clock, NullLogger<QuotaGate>.Instance);

    private static Site SiteOf(long? perDay = null, int? perSecond = null) => OneSite.Site with { Quota = new SiteQuota(perDay, perSecond) };

    /// <summary>Passes asks on, unless it is away; counts them.</summary>
    private sealed class Source(LocalQuotas quotas) : IQuotaSource
    {
        public ConcurrentQueue<QuotaAsk> Asks { get; } = [];
        public bool IsAway { get; set; }
        public TaskCompletionSource? Closed { get; set; }

        public async ValueTask<QuotaGrant> LeaseAsync(Site site, QuotaAsk ask, CancellationToken cancel)
        {
            Asks.Enqueue(ask);
            if (Closed is { } closed) await closed.Task;
            if (IsAway) throw new EventStoreException(StoreFailure.Away, false, "gone");
            return await quotas.LeaseAsync(site, ask, cancel);
        }
    }

    private static async Task<bool> TakeAsync(QuotaGate gate, Site site, long events = 1) =>
        await Wait.ForAsync(gate.TakeAsync(site, events, default).AsTask(), "leave to take events") is null;

    [Fact]
    public async Task Most_requests_ask_nobody()
    {
        await using var gate = NewGate();
        var site = SiteOf(perDay: 200_000);
        for (var i = 0; i < 10_000; i++) Assert.True(await TakeAsync(gate, site));
        Assert.Equal(10, _source.Asks.Count);
    }

    [Fact]
    public async Task Fronts_together_take_the_quota_and_not_one_event_more()
    {
        var site = SiteOf(perDay: 10_000);
        var gates = Enumerable.Range(0, 3).Select(_ => NewGate()).ToArray();
        var taken = 0L;
        await Task.WhenAll(Enumerable.Range(0, 12).Select(worker => Task.Run(async () =>
        {
            var random = new Random(worker);
            for (var i = 0; i < 500; i++)
            {
                var size = random.Next(1, 20);
                if (await TakeAsync(gates[worker % 3], site, size)) Interlocked.Add(ref taken, size);
            }
        })));
        Assert.InRange(taken, 10_000 - 3 * 50, 10_000);     // a piece may lie at each front
        Assert.Equal(10_000, _usage[Today]);
        foreach (var gate in gates)
        {
            await gate.CloseAsync(default);
            await gate.DisposeAsync();
        }
        // What was left over can be used by whoever comes last.
        _clock.Advance(TimeSpan.FromSeconds(2));
        await using var last = NewGate();
        while (taken < 10_000 && await TakeAsync(last, site)) taken++;
        Assert.Equal(10_000, taken);
    }

    [Fact]
    public async Task Requests_that_wait_for_the_same_lease_ask_once_and_each_gets_its_own()
    {
        await using var gate = NewGate();
        var site = SiteOf(perDay: 1_000_000);
        _source.Closed = new();
        var waiting = Enumerable.Range(0, 50).Select(_ => gate.TakeAsync(site, 100, default).AsTask()).ToArray();
        await Wait.UntilAsync(() => _source.Asks.Count == 1, "the first ask");
        _source.Closed.SetResult();
        Assert.All(await Wait.ForAsync(Task.WhenAll(waiting), "leave for all"), Assert.Null);
        Assert.InRange(_source.Asks.Count, 1, 3);
        await gate.CloseAsync(default);
        await gate.DisposeAsync();
    }

    [Fact]
    public async Task A_refusal_is_known_without_asking_for_a_second_and_then_asked_again()
    {
        await using var gate = NewGate();
        var site = SiteOf(perDay: 5);
        Assert.Null(gate.Refusal(site));
        Assert.True(await TakeAsync(gate, site, 5));
        Assert.Null(gate.Refusal(site));        // nobody knows yet
        Assert.False(await TakeAsync(gate, site));
        var asks = _source.Asks.Count;
        _clock.Advance(TimeSpan.FromMilliseconds(400));
        Assert.Equal(TimeSpan.FromHours(12) - TimeSpan.FromMilliseconds(400), gate.Refusal(site)!.Reset);
        Assert.False(await TakeAsync(gate, site));
        Assert.Equal(asks, _source.Asks.Count);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(gate.Refusal(site));
        Assert.False(await TakeAsync(gate, site));
        Assert.Equal(asks + 1, _source.Asks.Count);
    }

    [Fact]
    public async Task A_request_that_is_too_large_does_not_keep_smaller_ones_out()
    {
        await using var gate = NewGate();
        var site = SiteOf(perDay: 100);
        Assert.False(await TakeAsync(gate, site, 101));
        Assert.Null(gate.Refusal(site));
        Assert.True(await TakeAsync(gate, site, 99));
    }

    [Fact]
    public async Task A_changed_quota_is_in_force_with_the_next_request()
    {
        await using var gate = NewGate();
        Assert.True(await TakeAsync(gate, SiteOf(perDay: 1000), 10));
        Assert.False(await TakeAsync(gate, SiteOf(perDay: 10)));
        Assert.NotNull(gate.Refusal(SiteOf(perDay: 10)));
        Assert.Null(gate.Refusal(SiteOf(perDay: 20)));
        Assert.True(await TakeAsync(gate, SiteOf(perDay: 20), 10));
    }

    [Fact]
    public async Task Events_that_were_not_stored_come_back()
    {
        await using var gate = NewGate();
        var site = SiteOf(perDay: 10);
        Assert.True(await TakeAsync(gate, site, 10));
        gate.Return(site, 4);
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.False(await TakeAsync(gate, site, 5));
        Assert.True(await TakeAsync(gate, site, 4));
    }

    [Fact]
    public async Task What_is_left_of_a_lease_goes_back_when_nobody_sends_any_more()
    {
        await using var gate = NewGate();
        Assert.True(await TakeAsync(gate, SiteOf(perDay: 200_000), 10));
        _clock.Advance(TimeSpan.FromSeconds(90));
        await Wait.UntilAsync(() => _source.Asks.Any(ask => ask.Unspent == 990), "the rest of the lease");
    }

    [Fact]
    public async Task When_nobody_can_be_asked_events_pass_and_are_told_later()
    {
        await using var gate = NewGate();
        var site = SiteOf(perDay: 1000);
        _source.IsAway = true;
        for (var i = 0; i < 100; i++) Assert.True(await TakeAsync(gate, site));
        Assert.Single(_source.Asks);
        _source.IsAway = false;
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.True(await TakeAsync(gate, site));
        Assert.Equal(100, _source.Asks.Last().Owed);
        await gate.CloseAsync(default);
        await Wait.UntilAsync(async () => await new QuotaBook(_usage, _clock, NullLogger.Instance).ReadUsedAsync(site, default) >= 101, "101 events in the count");
    }

    [Fact]
    public async Task An_answer_that_does_not_come_lets_events_pass()
    {
        await using var gate = NewGate();
        _source.Closed = new();
        var taking = gate.TakeAsync(SiteOf(perDay: 1), 50, default).AsTask();
        await Wait.UntilAsync(() => _source.Asks.Count == 1, "the ask");
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Null(await Wait.ForAsync(taking, "leave without an answer"));
    }

    [Fact]
    public async Task The_pipeline_takes_what_it_stores_and_gives_back_the_rest()
    {
        await using var gate = NewGate();
        var limited = new OneSite { Quota = new SiteQuota(10, null) };
        const string Three = """[{"type":"t","userId":"u"},{"type":"t","userId":"d"},{"userId":"bad"},{"type":"t","userId":"u"}]""";
        var engine = new RecordingEngine { Answer = e => e.UserIdText == "d" ? IngestOutcome.Duplicate : IngestOutcome.Stored };
        for (var i = 0; i < 4; i++) Assert.Equal(IngestOutcome.Accepted, (await Pipeline.RunAsync(Three, engine: engine, sites: limited, quotas: gate)).Outcome);
        // Eight are stored; nothing of a request that needs three goes into the two that are left.
        Assert.Equal(IngestOutcome.QuotaExceeded, (await Pipeline.RunAsync(Three, engine: engine, sites: limited, quotas: gate)).Outcome);
        Assert.Equal(12, engine.Appended.Count);
        engine.Answer = _ => IngestOutcome.BufferFull;
        Assert.Equal(IngestOutcome.BufferFull, (await Pipeline.RunAsync("""{"type":"t","userId":"u"}""", engine: engine, sites: limited, quotas: gate)).Outcome);
        engine.Answer = _ => IngestOutcome.Stored;
        for (var i = 0; i < 2; i++)
            Assert.Equal(IngestOutcome.Accepted, (await Pipeline.RunAsync("""{"type":"t","userId":"u"}""", engine: engine, sites: limited, quotas: gate)).Outcome);
        Assert.Equal(IngestOutcome.QuotaExceeded, (await Pipeline.RunAsync("""{"type":"t","userId":"u"}""", engine: engine, sites: limited, quotas: gate)).Outcome);
        // From now on it is known before the body is read.
        Assert.Equal(IngestOutcome.QuotaExceeded, (await Pipeline.RunAsync(new UnreadBody(), sites: limited, quotas: gate)).Outcome);
    }

    private sealed class UnreadBody : IIngestBody
    {
        public bool IsLines => false;
        public ReadOnlyMemory<byte> Bytes => throw new InvalidOperationException("It was not to be read.");
        public ValueTask<IngestOutcome> ReadAsync(int maxBytes, SignatureCheck? signature, CancellationToken cancel) => throw new InvalidOperationException("It was not to be read.");
    }
}
