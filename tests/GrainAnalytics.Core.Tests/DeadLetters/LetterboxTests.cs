using System.Diagnostics.Metrics;
using System.Text;
using GrainAnalytics.Core.DeadLetters;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Tests.Ingestion;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace GrainAnalytics.Core.Tests.DeadLetters;

public sealed class LetterboxTests : IAsyncLifetime
{
    private const string Good = """{"type":"t","userId":"u"}""";

    private readonly FakeLetterStore _store = new();
    private readonly FakeClock _clock = new();
    private readonly MeterListener _listener = new();
    private readonly Dictionary<string, long> _counts = [];
    private readonly IngestOptions _ingest = new();
    private Letterbox? _letters;

    [Fact]
    public async Task Rejected_rows_of_an_accepted_request_are_kept_as_they_were_sent()
    {
        Open();
        await SendAsync($$"""[{{Good}}, { "type" : "täg" } ,5,{{Good}},[1,2]]""");
        await SendAsync($"{Good}\n{{\"half\n{Good}", isLines: true);
        await StopAsync();
        Assert.Equal(["""{ "type" : "täg" }""", "5", "[1,2]", "{\"half"], _store.Kept.Select(row => Encoding.UTF8.GetString(row.Bytes)));
        Assert.Equal([IngestOutcome.MissingUser, IngestOutcome.NotAnObject, IngestOutcome.NotAnObject, IngestOutcome.MalformedLine], _store.Kept.Select(row => row.Reason));
        Assert.All(_store.Kept, row => Assert.Equal((1, Pipeline.Arrival, row.Bytes.Length), (row.SiteId, row.ReceivedAt, row.OriginalSize)));
        Assert.Equal("userId or anonymousId is required.", _store.Kept.First().Detail);
        Assert.Equal(4, _store.Kept.Select(row => row.Key).Distinct().Count());
        Assert.Equal((2, 1), (_counts["kept not-an-object"], _counts["kept missing-user"]));
    }

    [Fact]
    public async Task A_request_that_is_refused_leaves_nothing()
    {
        Open();
        Assert.Equal(IngestOutcome.NothingValid, await SendAsync("[{},5]"));
        Assert.Equal(IngestOutcome.StoreUnavailable, await SendAsync($"[{Good},5]", engine: new RecordingEngine { Answer = _ => IngestOutcome.StoreUnavailable }));
        await StopAsync();
        Assert.Empty(_store.Kept);
    }

    [Fact]
    public async Task Of_what_the_database_refuses_only_other_rows_of_the_same_id_are_kept_here()
    {
        Open();
        var engine = new RecordingEngine { Answer = e => e.IdText == "bad" ? IngestOutcome.PoisonRow : IngestOutcome.Stored };
        await SendAsync($$"""[{"type":"a","userId":"u","eventId":"bad"},{"type":"a","userId":"u","eventId":"bad"},{"type":"b","userId":"u","eventId":"bad"},{{Good}}]""", engine: engine);
        await StopAsync();
        Assert.Contains("\"type\":\"b\"", Encoding.UTF8.GetString(Assert.Single(_store.Kept).Bytes));
    }

    [Theory]
    [InlineData("x", 256)]
    [InlineData("\u00e9", 255)]         // the cut falls into a character
    [InlineData("\U0001f600", 255)]
    public async Task A_row_that_is_too_large_is_kept_in_part_and_stays_text(string filling, int kept)
    {
        _ingest.MaxEventBytes = 256;
        Open();
        var row = $$"""{"type":"large","payload":"{{string.Concat(Enumerable.Repeat(filling, 300))}}"}""";
        await SendAsync($"[{Good},{row}]");
        await StopAsync();
        var letter = Assert.Single(_store.Kept);
        Assert.Equal((IngestOutcome.EventTooLarge, Encoding.UTF8.GetByteCount(row)), (letter.Reason, letter.OriginalSize));
        Assert.Equal(kept, letter.Bytes.Length);
        Assert.StartsWith(new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(letter.Bytes), row);
    }

    [Fact]
    public async Task A_site_keeps_so_many_a_second_and_saves_up_for_ten()
    {
        Open(new() { MaxPerSecond = 3 });
        var many = $"[{Good},{string.Join(',', Enumerable.Repeat("5", 50))}]";
        await SendAsync(many);
        await Wait.UntilAsync(() => _store.Kept.Count == 30, "ten seconds' worth");
        _clock.Advance(TimeSpan.FromSeconds(2));
        await SendAsync(many);
        _clock.Advance(TimeSpan.FromHours(1));
        await SendAsync(many);
        await StopAsync();
        Assert.Equal(30 + 6 + 30, _store.Kept.Count);
        Assert.Equal(150 - 66, _counts["dropped rate"]);
    }

    [Fact]
    public async Task Zero_a_second_keeps_none()
    {
        Open(new() { MaxPerSecond = 0 });
        await SendAsync($"[{Good},5]");
        await StopAsync();
        Assert.Empty(_store.Kept);
    }

    [Fact]
    public async Task What_waits_is_bounded_and_the_rest_is_counted()
    {
        var gate = new TaskCompletionSource();
        _store.BeforeAdd = (_, cancel) => gate.Task.WaitAsync(cancel);
        Open(new() { QueueBytes = 64 * 1024, MaxPerSecond = 1000 });
        var body = $$"""[{{Good}},{{string.Join(',', Enumerable.Repeat($$"""{"x":"{{new string('y', 1000)}}"}""", 100))}}]""";
        for (var i = 0; i < 5; i++) await SendAsync(body);
        gate.SetResult();
        await StopAsync();
        Assert.InRange(_store.Kept.Sum(row => row.Bytes.Length), 40 * 1024, 64 * 1024);
        Assert.Equal(500, _store.Kept.Count + _counts["dropped queue-full"]);
        // What was written made room again.
        Assert.Equal(_store.Kept.Count, _counts["kept missing-type"]);
    }

    [Fact]
    public async Task While_the_store_is_away_rows_are_dropped_and_afterwards_kept_again()
    {
        Open();
        _store.BeforeAdd = (_, _) => throw new EventStoreException(StoreFailure.Away, false, "gone");
        await SendAsync($"[{Good},5]");
        await Wait.UntilAsync(() => { _clock.Advance(TimeSpan.FromMilliseconds(50)); return Count("dropped store-away") == 1; }, "the row to be dropped");
        Assert.Equal(3, _store.Adds);
        await SendAsync($"[{Good},6]");
        await Wait.UntilAsync(() => Count("dropped store-away") == 2, "the second row to be dropped");
        Assert.Equal(4, _store.Adds);       // known to be away: one attempt
        _store.BeforeAdd = (_, _) => Task.CompletedTask;
        await SendAsync($"[{Good},7]");
        await StopAsync();
        Assert.Equal("7", Encoding.UTF8.GetString(Assert.Single(_store.Kept).Bytes));
    }

    [Fact]
    public async Task One_row_that_cannot_be_kept_costs_no_other()
    {
        _store.BeforeAdd = (rows, _) => rows.Any(row => row.Bytes is [(byte)'6']) ? throw new EventStoreException(StoreFailure.BadData, false, "22021") : Task.CompletedTask;
        Open();
        await SendAsync($"[{Good},5,6,7]");
        await Wait.UntilAsync(() => { _clock.Advance(TimeSpan.FromMilliseconds(50)); return Count("dropped store-away") == 1; }, "the bad row to be dropped");
        await StopAsync();
        Assert.Equal(["5", "7"], _store.Kept.Select(row => Encoding.UTF8.GetString(row.Bytes)));
    }

    [Fact]
    public async Task A_flood_is_cleaned_up_before_the_hour_is_over()
    {
        Open(new() { MaxCount = 500 });
        await SendAsync($"[{Good},{string.Join(',', Enumerable.Repeat("5", 49))}]");
        await SendAsync($"[{Good},6]");
        await StopAsync();
        Assert.Equal((50, 1), (_store.Kept.Count, _store.Cleans));
    }

    [Fact]
    public async Task Stopping_does_not_wait_for_a_store_that_does_not_answer()
    {
        _store.BeforeAdd = (_, cancel) => Task.Delay(Timeout.Infinite, cancel);
        Open();
        await SendAsync($"[{Good},5,6]");
        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        await Wait.ForAsync(_letters!.StopAsync(patience.Token), "the end");
        Assert.Equal(2, Count("dropped store-away"));
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_letters is not null) await _letters.DisposeAsync();
        _listener.Dispose();
    }

    private void Open(DeadLetterOptions? options = null)
    {
        // Not TestMeters: every test hears its own instruments only.
        var meters = new OneMeter();
        _listener.InstrumentPublished = (instrument, listener) => { if (ReferenceEquals(instrument.Meter, meters.Meter)) listener.EnableMeasurementEvents(instrument); };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            var name = $"{instrument.Name.Split('.')[^1]} {(tags.Length > 0 ? tags[0].Value : "")}".Trim();
            lock (_counts) _counts[name] = _counts.GetValueOrDefault(name) + value;
        });
        _listener.Start();
        var metrics = new DeadLetterMetrics(meters);
        options ??= new();
        _letters = new Letterbox(options, _ingest, _store, new LetterKeeper(_store, options, metrics), metrics, _clock, NullLogger<Letterbox>.Instance);
    }

    private long Count(string name) { lock (_counts) return _counts.GetValueOrDefault(name); }

    private Task StopAsync() => Wait.ForAsync(_letters!.StopAsync(default), "everything to be written");

    private async Task<IngestOutcome> SendAsync(string body, bool isLines = false, RecordingEngine? engine = null)
    {
        var pipeline = new IngestPipeline(new OneSite(), engine ?? new RecordingEngine(), new IngestMetrics(new TestMeters()), _letters);
        using var context = new IngestContext(_ingest, Pipeline.Arrival, "key", new IngestBytes(Encoding.UTF8.GetBytes(body), isLines));
        return await pipeline.RunAsync(context, default);
    }

    private sealed class OneMeter : IMeterFactory
    {
        public Meter Meter { get; } = new("letterbox test");
        public Meter Create(MeterOptions options) => Meter;
        public void Dispose() => Meter.Dispose();
    }
}
