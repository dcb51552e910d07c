using System.Buffers;
using System.Globalization;
using System.Text.Json;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Web.Dialects.Json;

namespace GrainAnalytics.Web.Dialects.Plausible;

/// <summary>Plausible's <c>POST /api/event</c>: one event, for one site or several, by somebody without an id.</summary>
internal sealed class PlausibleDialect(Visitors visitors) : Dialect
{
    // Short names and long ones; where both are given the short one counts.
    private const int Name = 0, Url = 2, Domain = 4, Referrer = 6, Props = 8, MoreProps = 10, Revenue = 12, Engaged = 14, Scrolled = 15, Members = 16;
    private static readonly JsonNames Names = new("n", "name", "u", "url", "d", "domain", "r", "referrer", "p", "props", "m", "meta", "$", "revenue", "e", "sd");

    private static readonly JsonNames Own = new("url", "referrer", "revenue", "scrollDepth");

    public override bool NamesVisitors => true;

    public override IngestOutcome FindSites(DialectRequest request, List<string> names)
    {
        var text = request.Text.Span;
        Span<JsonPiece> members = stackalloc JsonPiece[Members];
        var root = JsonRead.Root(text);
        if (!root.IsObject) return IngestOutcome.MalformedBody;
        JsonRead.Members(text, root, Names, members);
        foreach (var domain in (Either(members, Domain).ToText(text, 2000) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            if (!names.Contains(domain)) names.Add(domain);
        return IngestOutcome.Accepted;
    }

    public override IngestOutcome Translate(DialectRequest request)
    {
        var text = request.Text.Span;
        Span<JsonPiece> members = stackalloc JsonPiece[Members];
        JsonRead.Members(text, JsonRead.Root(text), Names, members);
        var agent = request.Http.Headers.UserAgent.ToString();
        var visitor = visitors.Of(request.Access.Site, request.Http.HttpContext.Connection.RemoteIpAddress, agent, request.ReceivedAt, request.Salt);
        var row = request.Rows;
        row.Begin();
        Span<byte> id = stackalloc byte[UuidText.Length];
        UuidText.Write(visitor.Id, id);
        row.Quoted("anonymousId"u8, id);
        UuidText.Write(visitor.Visit, id);
        row.Quoted("sessionId"u8, id);
        var name = Either(members, Name);
        if (name.Is(text, "pageview"u8)) row.Quoted("type"u8, "page_view"u8);
        else row.Piece("type"u8, text, name);
        WritePayload(row, text, members);
        row.OpenContext();
        row.Text("url"u8, text, Either(members, Url));
        row.Text("referrer"u8, text, Either(members, Referrer));
        row.Header("userAgent"u8, agent);
        row.Header("language"u8, FirstLanguage(request.Http));
        if (members[Engaged].IsNumber) row.Piece("engagedMs"u8, text, members[Engaged]);
        row.CloseContext();
        row.End();
        return IngestOutcome.Accepted;
    }

    public override void WriteAccepted(HttpResponse response, DialectRequest request, DialectResult result)
    {
        if (result.UnknownSites > 0) response.Headers["x-plausible-dropped"] = result.UnknownSites.ToString(CultureInfo.InvariantCulture);
        DialectReply.Write(response, StatusCodes.Status202Accepted, "text/plain", "ok"u8);
    }

    public override void WriteRefused(HttpContext http, IngestOutcome outcome, int status, string detail)
    {
        if (outcome == IngestOutcome.UnknownKey)
        {
            http.Response.Headers["x-plausible-dropped"] = "1";
            DialectReply.Write(http.Response, StatusCodes.Status202Accepted, "text/plain", "ok"u8);
            return;
        }
        // Its SDKs have no keys: what is missing is a domain.
        if (outcome == IngestOutcome.MissingKey) (status, detail) = (StatusCodes.Status400BadRequest, "d, or domain, is required: the site's domain, number or write key.");
        DialectReply.Json(http.Response, status, (outcome, detail), static (json, refusal) =>
        {
            json.WriteStartObject("errors"u8);
            json.WriteStartArray(refusal.outcome.Code());
            json.WriteStringValue(refusal.detail);
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    /// <summary>The first language that a browser asks for.</summary>
    public static string? FirstLanguage(HttpRequest request) => request.Headers.AcceptLanguage is [{ Length: > 0 } all, ..] ? all.Split(',', ';')[0].Trim() : null;

    private static JsonPiece Either(ReadOnlySpan<JsonPiece> members, int at) => members[at].IsAbsent ? members[at + 1] : members[at];

    // The properties, which may be JSON in a string, and beside them what the event says of itself, unless a property is called so.
    private static void WritePayload(RowWriter row, ReadOnlySpan<byte> text, ReadOnlySpan<JsonPiece> members)
    {
        var props = Either(members, Props).IsAbsent ? Either(members, MoreProps) : Either(members, Props);
        byte[]? scratch = null;
        var from = text;
        var value = props;
        if (props.IsText)
        {
            var raw = props.TextIn(text);
            scratch = ArrayPool<byte>.Shared.Rent(raw.Length);
            if (JsonText.FindFault(raw) == TextFault.None)
            {
                from = scratch.AsSpan(0, JsonText.Unescape(raw, scratch));
                value = TryRoot(from);
            }
        }
        if (props.IsAbsent || value.IsObject) WriteObject(row, from, value, text, members);
        // Properties that are none: the row is rejected for them.
        else row.Piece("payload"u8, text, props);
        if (scratch is not null) ArrayPool<byte>.Shared.Return(scratch);
    }

    private static void WriteObject(RowWriter row, ReadOnlySpan<byte> from, JsonPiece value, ReadOnlySpan<byte> text, ReadOnlySpan<JsonPiece> members)
    {
        Span<JsonPiece> own = stackalloc JsonPiece[4];
        JsonRead.Members(from, value, Own, own);
        row.Open("payload"u8);
        if (own[0].IsAbsent) row.Text("url"u8, text, Either(members, Url));
        if (own[1].IsAbsent) row.Text("referrer"u8, text, Either(members, Referrer));
        if (own[2].IsAbsent) row.Piece("revenue"u8, text, Either(members, Revenue));
        if (own[3].IsAbsent) row.Piece("scrollDepth"u8, text, members[Scrolled]);
        row.Inside(from, value);
        row.Close();
    }

    private static JsonPiece TryRoot(ReadOnlySpan<byte> text)
    {
        try
        {
            return JsonRead.Root(text);
        }
        catch (JsonException)
        {
            return default;     // a string that is no JSON is no object, which is all that is asked
        }
    }
}
