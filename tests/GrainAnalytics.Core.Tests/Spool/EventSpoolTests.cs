using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Spool;
using GrainAnalytics.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace GrainAnalytics.Core.Tests.Spool;

public sealed class EventSpoolTests : IDisposable
{
    private readonly SpoolHarness _harness = new();

    public void Dispose() => _harness.Dispose();

    [Fact]
    public async Task What_is_acknowledged_is_found_now_and_by_the_next_run()
    {
        EncodedEvent[] ada = [TestEvents.Make(session: "s"), TestEvents.Make(payload: """{"a":"ä€😀"}""")], bob = [TestEvents.Make("bob")];
        await _harness.WriteAsync(1, [.. ada, .. bob]);
        await _harness.WriteAsync(2, TestEvents.Make());
        for (var run = 0; run < 3; run++)
        {
            Assert.Equal(TestEvents.Describe(ada).Order(StringComparer.Ordinal), _harness.Read(1, "ada"));
            Assert.Single(_harness.Read(1, "bob"));
            Assert.Single(_harness.Read(2, "ada"));
            Assert.Empty(_harness.Read(2, "bob"));
            Assert.Equal(4, _harness.Spool.Status.Events);
            Assert.True(_harness.Spool.HasBacklog && _harness.Spool.IsIndexed);
            _harness.Close();
        }
    }

    [Fact]
    public async Task Requests_at_the_same_time_are_all_there()
    {
        var events = Enumerable.Range(0, 2000).Select(i => TestEvents.Make($"u{i % 50}")).ToArray();
        await Parallel.ForEachAsync(events.Chunk(3), async (few, _) => await _harness.WriteAsync(1, few));
        _harness.Close();
        var found = Enumerable.Range(0, 50).SelectMany(i => _harness.Read(1, $"u{i}"));
        Assert.Equal(TestEvents.Describe(events).Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Files_are_bounded_and_begin_anew_with_each_run()
    {
        _harness.Options.SegmentBytes = 64 * 1024;
        for (var i = 0; i < 40; i++) await _harness.WriteAsync(1, TestEvents.Make(payload: $$"""{"x":"{{new string('x', 10_000)}}"}"""));
        Assert.InRange(_harness.Files.Length, 5, 8);
        Assert.All(_harness.Files, file => Assert.InRange(new FileInfo(file).Length, 1, 64 * 1024 + 11_000));
        var before = _harness.Files;
        _harness.Close();
        await _harness.WriteAsync(1, TestEvents.Make());
        Assert.Equal(before.Length + 1, _harness.Files.Length);
        Assert.Equal(before, _harness.Files[..^1]);
        Assert.Equal(41, _harness.Read(1, "ada").Length);
    }

    [Fact]
    public async Task Full_spool_refuses_keeps_what_it_has_and_takes_more_once_there_is_room()
    {
        _harness.Options.MaxBytes = 70_000;
        _harness.Options.SegmentBytes = 64 * 1024;
        var big = $$"""{"x":"{{new string('x', 10_000)}}"}""";
        var outcomes = new List<IngestOutcome>();
        for (var i = 0; i < 10; i++) outcomes.Add(await _harness.Spool.AppendAsync(1, [TestEvents.Make(payload: big)]));
        Assert.Equal(6, outcomes.Count(outcome => outcome == IngestOutcome.Spooled));
        Assert.Equal(4, outcomes.Count(outcome => outcome == IngestOutcome.SpoolFull));
        Assert.Equal(6, _harness.Read(1, "ada").Length);
        Assert.True(_harness.Spool.Status.Bytes <= 70_000);

        var (scan, _) = _harness.Spool.TakeOldest() is { } oldest ? oldest.Scan() : throw new InvalidOperationException();
        foreach (var record in scan.Records) _harness.Spool.Delivered(oldest, record);
        _harness.Spool.Remove(oldest);
        Assert.Equal(IngestOutcome.Spooled, await _harness.Spool.AppendAsync(1, [TestEvents.Make(payload: big)]));
        Assert.Single(_harness.Read(1, "ada"));
    }

    [Fact]
    public async Task Disk_that_must_stay_free_refuses()
    {
        _harness.Options.MinFreeBytes = 1L << 50;
        Assert.Equal(IngestOutcome.SpoolFull, await _harness.Spool.AppendAsync(1, [TestEvents.Make()]));
        Assert.True(_harness.Spool.Status.IsFull);
        Assert.Empty(_harness.Files);
    }

    [Fact]
    public void Two_never_share_a_folder()
    {
        _ = _harness.Spool;
        var error = Assert.Throws<SpoolException>(() =>
            new EventSpool(_harness.Options, new SpoolMetrics(new TestMeters()), TimeProvider.System, NullLogger<EventSpool>.Instance));
        Assert.Contains("in use by another process", error.Message);
        _harness.Close();
        _ = _harness.Spool;
    }

    [Fact]
    public void Folder_that_cannot_be_is_named()
    {
        _harness.Options.Path = "/proc/nothing/spool";
        Assert.Contains("/proc/nothing/spool", Assert.Throws<SpoolException>(() => _harness.Spool).Message);
    }

    [Fact]
    public async Task Closed_spool_refuses()
    {
        var spool = _harness.Spool;
        await _harness.WriteAsync(1, TestEvents.Make());
        _harness.Close();
        Assert.Equal(IngestOutcome.ShuttingDown, await spool.AppendAsync(1, [TestEvents.Make()]));
    }

    [Fact]
    public async Task Torn_tail_is_cut_and_what_follows_in_the_next_run_is_found()
    {
        await _harness.WriteAsync(1, TestEvents.Make(), TestEvents.Make());
        var whole = _harness.Read(1, "ada");
        await _harness.WriteAsync(1, TestEvents.Make(payload: """{"torn":true}"""));
        _harness.Close();
        var file = Assert.Single(_harness.Files);
        using (var handle = File.OpenHandle(file, FileMode.Open, FileAccess.Write)) RandomAccess.SetLength(handle, new FileInfo(file).Length - 3);
        Assert.Equal(whole, _harness.Read(1, "ada"));
        Assert.Empty(_harness.Damaged);
        await _harness.WriteAsync(1, TestEvents.Make());
        _harness.Close();
        Assert.Equal(3, _harness.Read(1, "ada").Length);
        Assert.Empty(_harness.Damaged);
    }

    [Fact]
    public async Task Damaged_event_is_set_aside_once_and_those_behind_it_are_found()
    {
        var events = Enumerable.Range(0, 5).Select(i => TestEvents.Make(id: $"event-{i}", payload: $$"""{"i":{{i}}}""")).ToArray();
        await _harness.WriteAsync(1, events);
        _harness.Close();
        var file = Assert.Single(_harness.Files);
        var bytes = File.ReadAllBytes(file);
        bytes[bytes.AsSpan().IndexOf("event-2"u8)] ^= 1;
        File.WriteAllBytes(file, bytes);
        for (var run = 0; run < 2; run++)
        {
            Assert.Equal(TestEvents.Describe([.. events[..2], .. events[3..]]).Order(StringComparer.Ordinal), _harness.Read(1, "ada"));
            var kept = File.ReadAllBytes(Assert.Single(_harness.Damaged));
            Assert.True(kept.AsSpan().IndexOf("""{"i":2}"""u8) > 0);
            Assert.Equal(4, _harness.Spool.Status.Events);
            _harness.Close();
        }
    }
}
