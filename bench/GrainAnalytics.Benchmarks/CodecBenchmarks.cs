using System.Text;
using System.Text.Json;
using BenchmarkDotNet.Attributes;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.Core.Sites;

namespace GrainAnalytics.Benchmarks;

/// <summary>Encoding an event and folding a batch, beside serializing the same event as JSON.</summary>
[MemoryDiagnoser, ShortRunJob]
public class CodecBenchmarks
{
    private sealed record Plain(string EventId, string UserId, string SessionId, string Type, string Payload, DateTime OccurredAt);

    private readonly long _now = TimeProvider.System.NowMicroseconds();
    private EncodedEvent _event;
    private Plain _plain = null!;
    private EventRow[] _batch = [];

    /// <summary>Makes one event and a batch of 500.</summary>
    [GlobalSetup]
    public void Setup()
    {
        var source = new RigEvents(1);
        _event = source.Next(_now);
        _plain = new Plain(_event.IdText, _event.UserIdText, Encoding.UTF8.GetString(_event.SessionId.Span),
            Encoding.UTF8.GetString(_event.Type.Span), Encoding.UTF8.GetString(_event.Payload.Span), Instant.ToDateTime(_now));
        var site = new Site(1, "bench", null, SiteClock.Utc);
        _batch = [.. Enumerable.Range(0, 500).Select(_ => new EventRow(site, source.Next(_now), SiteClock.Utc.DayOf(_now), SiteClock.Utc.HourStart(_now), true, false))];
    }

    /// <summary>The ordinary way to make bytes of an object.</summary>
    [Benchmark(Baseline = true)]
    public byte[] SerializeJson() => JsonSerializer.SerializeToUtf8Bytes(_plain);

    /// <summary>Our block.</summary>
    [Benchmark]
    public EncodedEvent Encode() => EventEncoder.Encode(new EventParts
    {
        Key = _event.Key, IdIsKeyText = true, HasSession = true, OccurredAt = _now, ReceivedAt = _now,
        Type = _event.Type.Span, UserId = _event.UserId.Span, SessionId = _event.SessionId.Span, Payload = _event.Payload.Span,
    });

    /// <summary>Hours, users and sessions of a batch of 500.</summary>
    [Benchmark]
    public int Fold500() => new BatchFold(_batch).Sessions.Count;
}
