using System.Buffers;
using System.Text;
using System.Text.Json;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Live;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Fuzz.Generation;
using GrainAnalytics.Web.Journeys;
using GrainAnalytics.Web.Live;

namespace GrainAnalytics.Fuzz.Targets;

/// <summary>What was accepted comes out again: as JSON of lookups and as frames of the live feed, with the same texts, and
/// without a way out of a string or a frame.</summary>
/// <remarks>The input is a line of NDJSON.</remarks>
internal sealed class AnswerTarget : IFuzzTarget
{
    private static readonly IngestOptions Limits = new() { MaxNesting = 64 };
    private static readonly JsonDocumentOptions Deeper = new() { MaxDepth = 128 };
    private static readonly Site Site = new(1, "fuzz", null, SiteClock.Utc);
    private static readonly LiveJson Live = new();

    private readonly PipelineRun _pipeline = new();
    private readonly ArrayBufferWriter<byte> _output = new();

    public void Make(Dice dice, List<byte> input) => new JsonMaker(dice, input, Limits.MaxIdCharacters, maxNesting: 30).Row();

    public string Check(byte[] input)
    {
        using var context = PipelineRun.Begin(Limits, input, isLines: false);
        if (_pipeline.Run(context) != IngestOutcome.Accepted) return "refused";
        var value = _pipeline.Taken[0];
        var isClean = CheckLookup(value);
        CheckFrame(value);
        return isClean ? "clean" : "escaped";
    }

    private bool CheckLookup(EncodedEvent value)
    {
        var measured = EventJson.Measure(value);
        _output.ResetWrittenCount();
        var sink = new Utf8Sink(_output);
        EventJson.Write(ref sink, value, isClean: measured >= 0);
        sink.Complete();
        if (measured >= 0) FuzzFailure.UnlessEqual(measured, _output.WrittenCount, "length");
        using var document = JsonDocument.Parse(_output.WrittenMemory, Deeper);
        CheckEvent(value, document.RootElement);
        return measured >= 0;
    }

    private static void CheckEvent(EncodedEvent value, JsonElement found)
    {
        FuzzFailure.UnlessEqual("eventId userId sessionId type payload occurredAt receivedAt", string.Join(' ', found.EnumerateObject().Select(member => member.Name)), "members");
        FuzzFailure.UnlessEqual(value.IdText, found.GetProperty("eventId").GetString(), "id");
        FuzzFailure.UnlessEqual(value.UserIdText, found.GetProperty("userId").GetString(), "user");
        FuzzFailure.UnlessEqual(value.HasSession ? Text(value.SessionId) : null, found.GetProperty("sessionId").GetString(), "session");
        FuzzFailure.UnlessEqual(Text(value.Type), found.GetProperty("type").GetString(), "type");
        FuzzFailure.UnlessEqual(Instant.ToText(value.OccurredAt), found.GetProperty("occurredAt").GetString(), "occurredAt");
        FuzzFailure.UnlessEqual(Instant.ToText(value.ReceivedAt), found.GetProperty("receivedAt").GetString(), "receivedAt");
        // Line breaks between tokens are spaces in the feed, and mean the same.
        FuzzFailure.UnlessEqual(Text(value.Payload).ReplaceLineEndings(" "), found.GetProperty("payload").GetRawText().ReplaceLineEndings(" "), "payload");
    }

    private static void CheckFrame(EncodedEvent value)
    {
        var view = new LiveView(1, 1, 1, new DateOnly(2026, 9, 21), 1, 1, [new LiveTotal(Text(value.Type), 1, 1)], [new LiveEvent(value, 1)]);
        foreach (var (name, frame) in (ReadOnlySpan<(string, byte[])>)[("snapshot", Live.Snapshot(Site, view)), ("update", Live.Update(view, since: 0))])
        {
            var text = Encoding.UTF8.GetString(frame);
            var begin = $"event: {name}\ndata: ";
            FuzzFailure.Unless(text.StartsWith(begin, StringComparison.Ordinal) && text.EndsWith("\n\n", StringComparison.Ordinal)
                && text.AsSpan(begin.Length, text.Length - begin.Length - 2).IndexOfAny("\r\n") < 0, $"no frame: {text}");
            using var document = JsonDocument.Parse(text[begin.Length..], Deeper);
            FuzzFailure.UnlessEqual(Text(value.Type), document.RootElement.GetProperty("counters").EnumerateObject().Single().Name, "counter");
            CheckEvent(value, document.RootElement.GetProperty("events")[0]);
        }
    }

    private static string Text(ReadOnlyMemory<byte> utf8) => Encoding.UTF8.GetString(utf8.Span);
}
