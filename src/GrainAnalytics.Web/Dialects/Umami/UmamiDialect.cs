using System.Globalization;
using System.Net;
using System.Text.Json;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Web.Dialects.Json;
using GrainAnalytics.Web.Dialects.Plausible;

namespace GrainAnalytics.Web.Dialects.Umami;

/// <summary>Umami's paths.</summary>
internal static class UmamiApi
{
    public static void MapUmami(this DialectRoutes routes, Visitors visitors)
    {
        routes.Map("/api/send", new UmamiDialect(visitors, isBatch: false));
        routes.Map("/api/batch", new UmamiDialect(visitors, isBatch: true));
    }
}

/// <summary>Umami's <c>POST /api/send</c> and <c>/api/batch</c>: events of a website by somebody whom the token of the answer before names,
/// or else address and user agent.</summary>
internal sealed class UmamiDialect(Visitors visitors, bool isBatch) : Dialect
{
    private const int Type = 0, Payload = 1;
    private static readonly JsonNames Names = new("type", "payload");

    private const int Website = 0, Url = 1, Referrer = 2, Title = 3, Hostname = 4, Language = 5, Screen = 6, Name = 7, Data = 8, Tag = 9, Id = 10, Timestamp = 11, Ip = 12,
        UserAgent = 13, FirstVital = 14, Members = 19;
    private static readonly string[] Vitals = ["lcp", "inp", "cls", "fcp", "ttfb"];
    private static readonly JsonNames PayloadNames = new(["website", "url", "referrer", "title", "hostname", "language", "screen", "name", "data", "tag", "id",
        "timestamp", "ip", "userAgent", .. Vitals]);

    private static readonly JsonNames Own = new("url", "referrer", "title", "tag");

    private const string TokenHeader = "x-umami-cache";

    private sealed record Session(Visitor Visitor, string Token);

    public override bool NamesVisitors => true;

    public override IngestOutcome FindSites(DialectRequest request, List<string> names) => Each(request, (message, payload) =>
    {
        if (payload[Website].ToText(request.Text.Span, 200) is { } website && !names.Contains(website)) names.Add(website);
    });

    public override IngestOutcome Translate(DialectRequest request) => Each(request, (message, payload) =>
    {
        if (payload[Website].ToText(request.Text.Span, 200) == request.SiteName) Write(request, message, payload);
    });

    public override void WriteAccepted(HttpResponse response, DialectRequest request, DialectResult result) =>
        DialectReply.Json(response, StatusCodes.Status200OK, (IsBatch: isBatch, Session: request.State as Session, Result: result), static (json, answer) =>
        {
            if (answer.IsBatch)
            {
                json.WriteNumber("size"u8, answer.Result.Taken + answer.Result.Rejected);
                json.WriteNumber("processed"u8, answer.Result.Taken);
                json.WriteNumber("errors"u8, answer.Result.Rejected);
                json.WriteStartArray("details"u8);
                json.WriteEndArray();
            }
            if (answer.Session is not { } session) return;
            json.WriteString("cache"u8, session.Token);
            if (answer.IsBatch) return;
            json.WriteString("sessionId"u8, session.Visitor.Id.ToGuid());
            json.WriteString("visitId"u8, session.Visitor.Visit.ToGuid());
        });

    public override void WriteRefused(HttpContext http, IngestOutcome outcome, int status, string detail)
    {
        if (outcome is IngestOutcome.UnknownKey or IngestOutcome.MissingKey) (status, detail) = (StatusCodes.Status400BadRequest, "Website not found.");
        DialectReply.Json(http.Response, status, (outcome, status, detail), static (json, refusal) =>
        {
            json.WriteStartObject("error"u8);
            json.WriteString("message"u8, refusal.detail);
            json.WriteString("code"u8, refusal.outcome.Code());
            json.WriteNumber("status"u8, refusal.status);
            json.WriteEndObject();
        });
    }

    private delegate void Visit(ReadOnlySpan<JsonPiece> message, ReadOnlySpan<JsonPiece> payload);

    private IngestOutcome Each(DialectRequest request, Visit visit)
    {
        var text = request.Text.Span;
        var root = JsonRead.Root(text);
        Span<JsonPiece> message = stackalloc JsonPiece[2], payload = stackalloc JsonPiece[Members];
        if (!isBatch)
        {
            if (!root.IsObject) return IngestOutcome.MalformedBody;
            JsonRead.Members(text, root, Names, message);
            JsonRead.Members(text, message[Payload], PayloadNames, payload);
            visit(message, payload);
            return IngestOutcome.Accepted;
        }
        if (!root.IsArray) return IngestOutcome.MalformedBody;
        var reader = JsonRead.Reader(root.In(text));
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (request.HasTooMany) return IngestOutcome.TooManyEvents;
            JsonRead.Members(text, JsonRead.Value(ref reader, root.Start), Names, message);
            JsonRead.Members(text, message[Payload], PayloadNames, payload);
            visit(message, payload);
        }
        return IngestOutcome.Accepted;
    }

    private void Write(DialectRequest request, ReadOnlySpan<JsonPiece> message, ReadOnlySpan<JsonPiece> payload)
    {
        var row = request.Rows;
        var text = request.Text.Span;
        var agent = payload[UserAgent].ToText(text, 512) ?? request.Http.Headers.UserAgent.ToString();
        var visitor = VisitorOf(request, payload[Ip].ToText(text, 64), agent);
        request.State = new Session(visitor, visitors.TokenOf(request.Access.Site, visitor, request.ReceivedAt));
        row.Begin();
        Span<byte> id = stackalloc byte[UuidText.Length];
        if (payload[Id].IsText || payload[Id].IsNumber) row.Id("userId"u8, text, payload[Id]);
        else
        {
            // Not beside a user: others may share address and agent, and what they did would become this user's.
            UuidText.Write(visitor.Id, id);
            row.Quoted("anonymousId"u8, id);
        }
        UuidText.Write(visitor.Visit, id);
        row.Quoted("sessionId"u8, id);
        if (payload[Timestamp].ToText(text, 15) is { } seconds && long.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out var at) && at < 253_402_300_800)
            row.Time("occurredAt"u8, at * Instant.Second);
        WriteBody(row, text, message[Type], payload);
        row.OpenContext();
        WriteUrl(row, text, payload);
        row.Text("referrer"u8, text, payload[Referrer]);
        row.Text("title"u8, text, payload[Title]);
        if (payload[Language].IsText) row.Text("language"u8, text, payload[Language]);
        else row.Header("language"u8, PlausibleDialect.FirstLanguage(request.Http));
        row.Text("screen"u8, text, payload[Screen]);
        row.Header("userAgent"u8, agent);
        row.CloseContext();
        row.End();
    }

    private Visitor VisitorOf(DialectRequest request, string? ip, string agent)
    {
        var site = request.Access.Site;
        if (request.Http.Headers.TryGetValue(TokenHeader, out var token) && visitors.TryReadToken(site, token.ToString(), request.ReceivedAt, out var known)) return known;
        // A server that passes its clients' events on says in the payload whose they are.
        var address = ip is not null && IPAddress.TryParse(ip, out var told) ? told : request.Http.HttpContext.Connection.RemoteIpAddress;
        return visitors.Of(site, address, agent, request.ReceivedAt, request.Salt);
    }

    private static void WriteBody(RowWriter row, ReadOnlySpan<byte> text, JsonPiece type, ReadOnlySpan<JsonPiece> payload)
    {
        if (type.Is(text, "identify"u8))
        {
            row.Quoted("type"u8, "identify"u8);
            row.Open("payload"u8);
            row.Piece("traits"u8, text, payload[Data]);
            row.Close();
            return;
        }
        var isEvent = type.Is(text, "event"u8);
        if (!isEvent) row.Piece("type"u8, text, type);
        else if (payload[Name].IsText) row.Piece("type"u8, text, payload[Name]);
        else row.Quoted("type"u8, "page_view"u8);
        if (!payload[Data].IsAbsent && !payload[Data].IsObject)
        {
            row.Piece("payload"u8, text, payload[Data]);
            return;
        }
        Span<JsonPiece> own = stackalloc JsonPiece[4];
        JsonRead.Members(text, payload[Data], Own, own);
        row.Open("payload"u8);
        if (own[0].IsAbsent) row.Text("url"u8, text, payload[Url]);
        if (own[1].IsAbsent) row.Text("referrer"u8, text, payload[Referrer]);
        if (own[2].IsAbsent) row.Text("title"u8, text, payload[Title]);
        if (own[3].IsAbsent) row.Text("tag"u8, text, payload[Tag]);
        if (!isEvent)
            for (var i = 0; i < Vitals.Length; i++)
                if (payload[FirstVital + i].IsNumber) row.Piece(System.Text.Encoding.UTF8.GetBytes(Vitals[i]), text, payload[FirstVital + i]);
        row.Inside(text, payload[Data]);
        row.Close();
    }

    // Its tracker sends path and host apart.
    private static void WriteUrl(RowWriter row, ReadOnlySpan<byte> text, ReadOnlySpan<JsonPiece> payload)
    {
        var url = payload[Url].TextIn(text);
        if (!url.StartsWith("/"u8) || !payload[Hostname].IsText)
        {
            row.Text("url"u8, text, payload[Url]);
            return;
        }
        row.Name("url"u8);
        row.Raw("\"https://"u8);
        row.Raw(payload[Hostname].TextIn(text));
        row.Raw(url);
        row.Raw("\""u8);
    }
}
