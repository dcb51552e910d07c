using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using GrainAnalytics.Core.Live;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Web.Journeys;

namespace GrainAnalytics.Web.Live;

/// <summary>Views as server-sent events with JSON data on one line.</summary>
internal sealed class LiveJson : ILiveFormat
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public byte[] Heartbeat { get; } = ":\n\n"u8.ToArray();

    public byte[] Snapshot(Site site, LiveView view) => Frame("snapshot"u8, json =>
    {
        json.WriteString("date"u8, view.Day.ToString("yyyy-MM-dd"));
        json.WriteString("timeZone"u8, view.TimeZone ?? site.Clock.TimeZoneId);
        // Largest first, as lists of types are elsewhere; a total that fell to 0 is none.
        WriteCounts(json, view, view.Types.Where(type => type.Count != 0).OrderByDescending(type => type.Count).ThenBy(type => type.Type, StringComparer.Ordinal));
    }, view.Latest);

    public byte[] Update(LiveView view, long since) => Frame("update"u8,
        json => WriteCounts(json, view, view.Types.Where(type => type.ChangedAt > since)),
        view.Latest.Where(latest => latest.AddedAt > since));

    private static void WriteCounts(Utf8JsonWriter json, LiveView view, IEnumerable<LiveTotal> types)
    {
        json.WriteNumber("activeUsers"u8, view.ActiveUsers);
        json.WriteNumber("activeNow"u8, view.ActiveNow);
        json.WriteStartObject("counters"u8);
        foreach (var type in types) json.WriteNumber(type.Type, type.Count);
        json.WriteEndObject();
    }

    private static byte[] Frame(ReadOnlySpan<byte> name, Action<Utf8JsonWriter> members, IEnumerable<LiveEvent> events)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        buffer.Write("event: "u8);
        buffer.Write(name);
        buffer.Write("\ndata: "u8);
        var data = buffer.WrittenCount;
        using var json = new Utf8JsonWriter(buffer, Options);
        json.WriteStartObject();
        members(json);
        json.Flush();
        WriteEvents(buffer, events);
        // A payload keeps its sender's line breaks; between JSON's tokens they mean no more than spaces.
        var frame = buffer.WrittenSpan.ToArray();
        frame.AsSpan(data).Replace((byte)'\n', (byte)' ');
        frame.AsSpan(data).Replace((byte)'\r', (byte)' ');
        return [.. frame, (byte)'\n', (byte)'\n'];
    }

    private static void WriteEvents(ArrayBufferWriter<byte> buffer, IEnumerable<LiveEvent> events)
    {
        var sink = new Utf8Sink(buffer);
        sink.Write(",\"events\":["u8);
        var isFirst = true;
        foreach (var latest in events)
        {
            if (!isFirst) sink.Write(","u8);
            EventJson.Write(ref sink, latest.Event, isClean: false);
            isFirst = false;
        }
        sink.Write("]}"u8);
        sink.Complete();
    }
}
