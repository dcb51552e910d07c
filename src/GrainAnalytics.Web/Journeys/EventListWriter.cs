using System.IO.Pipelines;
using GrainAnalytics.Core.Events;

namespace GrainAnalytics.Web.Journeys;

/// <summary>Writes a JSON answer that consists of a head, a list of events and a tail straight into the response's pipe.</summary>
internal static class EventListWriter
{
    private const int FlushEvery = 128 * 1024;      // a page of large payloads must not stand in memory twice

    public static async Task WriteAsync(HttpContext http, ReadOnlyMemory<byte> head, IReadOnlyList<EncodedEvent> events, ReadOnlyMemory<byte> tail)
    {
        var response = http.Response;
        response.ContentType = "application/json";
        var length = Measure(events);
        if (length >= 0) response.ContentLength = head.Length + length + tail.Length;
        // Only a started response hands out the connection's own memory; before, everything would be copied twice.
        await response.StartAsync(http.RequestAborted);
        var pipe = response.BodyWriter;
        for (var next = 0; ;)
        {
            next = WriteSome(pipe, head.Span, events, next, tail.Span, isClean: length >= 0);
            if (next > events.Count) return;
            await pipe.FlushAsync(http.RequestAborted);
        }
    }

    private static long Measure(IReadOnlyList<EncodedEvent> events)
    {
        long length = Math.Max(0, events.Count - 1);    // commas
        for (var i = 0; i < events.Count; i++)
        {
            var one = EventJson.Measure(events[i]);
            if (one < 0) return -1;
            length += one;
        }
        return length;
    }

    // Returns the event to go on with after a flush; one beyond the last when the tail is written too.
    private static int WriteSome(PipeWriter pipe, ReadOnlySpan<byte> head, IReadOnlyList<EncodedEvent> events, int next,
        ReadOnlySpan<byte> tail, bool isClean)
    {
        var sink = new Utf8Sink(pipe);
        if (next == 0) sink.Write(head);
        while (next < events.Count && sink.Written < FlushEvery)
        {
            if (next > 0) sink.Write(","u8);
            EventJson.Write(ref sink, events[next++], isClean);
        }
        if (next == events.Count && sink.Written < FlushEvery)
        {
            sink.Write(tail);
            next++;
        }
        sink.Complete();
        return next;
    }
}
