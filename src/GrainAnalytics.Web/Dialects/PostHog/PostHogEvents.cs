using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Web.Dialects.Json;

namespace GrainAnalytics.Web.Dialects.PostHog;

/// <summary>PostHog's events: one, an array of them, or a batch in an envelope.</summary>
internal static class PostHogEvents
{
    private const int Event = 0, DistinctId = 1, Properties = 2, Uuid = 3, Timestamp = 4, Offset = 5, Set = 6, SetOnce = 7, ApiKey = 8, Token = 9, Batch = 10, SentAt = 11;
    private static readonly JsonNames EventNames =
        new("event", "distinct_id", "properties", "uuid", "timestamp", "offset", "$set", "$set_once", "api_key", "token", "batch", "sent_at");

    private const int InnerId = 0, InnerToken = 1, InsertId = 2, SessionId = 3, DeviceId = 4, IsIdentified = 5, AnonymousId = 6, Url = 7, Referrer = 8, Title = 9,
        Language = 10, Width = 11, Height = 12, UserAgent = 13, TimeZone = 14, Country = 15, Seconds = 16, Library = 17, Alias = 18, GroupType = 19, GroupKey = 20,
        GroupSet = 21, InnerSet = 22, InnerSetOnce = 23;
    private static readonly JsonNames PropertyNames = new("distinct_id", "token", "$insert_id", "$session_id", "$device_id", "$is_identified", "$anon_distinct_id",
        "$current_url", "$referrer", "title", "$browser_language", "$screen_width", "$screen_height", "$raw_user_agent", "$timezone", "$geoip_country_code",
        "$prev_pageview_duration", "$lib", "alias", "$group_type", "$group_key", "$group_set", "$set", "$set_once");

    /// <summary>The project's token: the envelope's, or the first event's.</summary>
    public static string? TokenOf(ReadOnlySpan<byte> text)
    {
        Span<JsonPiece> members = stackalloc JsonPiece[12], properties = stackalloc JsonPiece[24];
        var root = JsonRead.Root(text, EventNames, members);
        if (root.IsArray || members[Batch].IsArray && members[ApiKey].IsAbsent && members[Token].IsAbsent) JsonRead.Members(text, First(text, root.IsArray ? root : members[Batch]), EventNames, members);
        JsonRead.Members(text, members[Properties], PropertyNames, properties);
        var token = !members[ApiKey].IsAbsent ? members[ApiKey] : !members[Token].IsAbsent ? members[Token] : properties[InnerToken];
        return token.ToText(text, 200);
    }

    /// <summary>Writes a row for each event.</summary>
    public static IngestOutcome Translate(DialectRequest request)
    {
        var text = request.Text.Span;
        Span<JsonPiece> members = stackalloc JsonPiece[12];
        var root = JsonRead.Root(text, EventNames, members);
        var clock = new Clock(members[SentAt], SentAtOf(request.Http));
        if (root.IsObject && !members[Batch].IsArray)
        {
            Write(request, text, members, clock);
            return IngestOutcome.Accepted;
        }
        var list = root.IsArray ? root : members[Batch];
        if (!list.IsArray) return IngestOutcome.MalformedBody;
        var reader = JsonRead.Reader(list.In(text));
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (request.HasTooMany) return IngestOutcome.TooManyEvents;
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                request.Rows.NoObject(text, JsonRead.Value(ref reader, list.Start));
                continue;
            }
            members.Clear();
            JsonRead.Members(ref reader, list.Start, EventNames, members);
            Write(request, text, members, clock);
        }
        return IngestOutcome.Accepted;
    }

    // When the sender sent, by its own clock: in the envelope, or in the query in Unix microseconds; 0 for neither.
    private readonly record struct Clock(JsonPiece InEnvelope, long InQuery);

    private static JsonPiece First(ReadOnlySpan<byte> text, JsonPiece list)
    {
        var reader = JsonRead.Reader(list.In(text));
        reader.Read();
        reader.Read();
        return JsonRead.Value(ref reader, list.Start);
    }

    private static long SentAtOf(HttpRequest request) =>
        request.Query.TryGetValue("_", out var value) && long.TryParse(value[0], NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
        && milliseconds < 253_402_300_800_000 ? milliseconds * 1000 : 0;

    private static void Write(DialectRequest request, ReadOnlySpan<byte> text, ReadOnlySpan<JsonPiece> members, Clock clock)
    {
        Span<JsonPiece> properties = stackalloc JsonPiece[24];
        JsonRead.Members(text, members[Properties], PropertyNames, properties);
        var row = request.Rows;
        row.Begin();
        row.Id("eventId"u8, text, members[Uuid].IsAbsent ? properties[InsertId] : members[Uuid]);
        WriteUser(row, text, members, properties);
        row.Id("sessionId"u8, text, properties[SessionId]);
        WriteTime(request, text, members, clock);
        WriteBody(row, text, members, properties);
        WriteContext(request, text, members[Event], properties);
        row.End();
    }

    // Who did not say who they are has an id that the SDK made up; one that they had before stands beside their own.
    private static void WriteUser(RowWriter row, ReadOnlySpan<byte> text, ReadOnlySpan<JsonPiece> members, ReadOnlySpan<JsonPiece> properties)
    {
        var user = members[DistinctId].IsAbsent ? properties[InnerId] : members[DistinctId];
        var isAnonymous = properties[IsIdentified].Kind == JsonTokenType.False && !members[Event].Is(text, "$identify"u8);
        row.Id(isAnonymous ? "anonymousId"u8 : "userId"u8, text, user);
        if (isAnonymous) return;
        var before = properties[AnonymousId].IsText ? properties[AnonymousId] : properties[DeviceId];
        if (before.IsText && !before.In(text).SequenceEqual(user.In(text))) row.Id("anonymousId"u8, text, before);
    }

    private static void WriteTime(DialectRequest request, ReadOnlySpan<byte> text, ReadOnlySpan<JsonPiece> members, Clock clock)
    {
        var row = request.Rows;
        // How long an event waited at the sender, in milliseconds, needs no clock but ours.
        if (members[Offset].IsNumber && Utf8Parser.TryParse(members[Offset].In(text), out double waited, out _) && waited is >= 0 and < 1e13)
        {
            row.Time("occurredAt"u8, request.ReceivedAt - (long)(waited * 1000));
            return;
        }
        row.Piece("occurredAt"u8, text, members[Timestamp]);
        if (members[Timestamp].IsAbsent) return;
        if (Instant.TryParse(clock.InEnvelope.TextIn(text), out _, out _)) row.Piece("sentAt"u8, text, clock.InEnvelope);
        else if (clock.InQuery > 0) row.Time("sentAt"u8, clock.InQuery);
    }

    private static void WriteBody(RowWriter row, ReadOnlySpan<byte> text, ReadOnlySpan<JsonPiece> members, ReadOnlySpan<JsonPiece> properties)
    {
        var name = members[Event];
        switch (name.TextIn(text))
        {
            case var type when type.SequenceEqual("$pageview"u8):
                row.Quoted("type"u8, "page_view"u8);
                row.Piece("payload"u8, text, members[Properties]);
                break;
            case var type when type.SequenceEqual("$screen"u8):
                row.Quoted("type"u8, "screen_view"u8);
                row.Piece("payload"u8, text, members[Properties]);
                break;
            case var type when type.SequenceEqual("$identify"u8) || type.SequenceEqual("$set"u8):
                row.Quoted("type"u8, "identify"u8);
                row.Open("payload"u8);
                row.Piece("traits"u8, text, members[Set].IsAbsent ? properties[InnerSet] : members[Set]);
                row.Piece("traitsOnce"u8, text, members[SetOnce].IsAbsent ? properties[InnerSetOnce] : members[SetOnce]);
                row.Close();
                break;
            case var type when type.SequenceEqual("$create_alias"u8):
                row.Quoted("type"u8, "alias"u8);
                row.Open("payload"u8);
                row.Id("previousId"u8, text, properties[Alias]);
                row.Close();
                break;
            case var type when type.SequenceEqual("$groupidentify"u8):
                row.Quoted("type"u8, "group"u8);
                row.Open("payload"u8);
                row.Id("groupId"u8, text, properties[GroupKey]);
                row.Text("groupType"u8, text, properties[GroupType]);
                row.Piece("traits"u8, text, properties[GroupSet]);
                row.Close();
                break;
            default:
                row.Piece("type"u8, text, name);
                row.Piece("payload"u8, text, members[Properties]);
                break;
        }
    }

    private static void WriteContext(DialectRequest request, ReadOnlySpan<byte> text, JsonPiece name, ReadOnlySpan<JsonPiece> properties)
    {
        var row = request.Rows;
        row.OpenContext();
        row.Text("url"u8, text, properties[Url]);
        if (!properties[Referrer].Is(text, "$direct"u8)) row.Text("referrer"u8, text, properties[Referrer]);
        row.Text("title"u8, text, properties[Title]);
        row.Text("language"u8, text, properties[Language]);
        row.Screen(text, properties[Width], properties[Height]);
        if (properties[UserAgent].IsText) row.Text("userAgent"u8, text, properties[UserAgent]);
        else if (properties[Library].Is(text, "web"u8)) row.Header("userAgent"u8, request.Http.Headers.UserAgent);
        row.Text("timeZone"u8, text, properties[TimeZone]);
        row.Text("country"u8, text, properties[Country]);
        if (name.Is(text, "$pageleave"u8) && properties[Seconds].IsNumber && Utf8Parser.TryParse(properties[Seconds].In(text), out double seconds, out _)
            && seconds is >= 0 and < 1e6)
            row.Number("engagedMs"u8, (long)(seconds * 1000));
        row.CloseContext();
    }
}
