using System.Text.Json;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Web.Errors;
using GrainAnalytics.Web.Http;

namespace GrainAnalytics.Web.Ingestion;

/// <summary>The answers of POST /v1/events.</summary>
internal static class IngestReply
{
    /// <summary>202 with the counts and an id for each event.</summary>
    public static void WriteAccepted(HttpResponse response, IngestContext context)
    {
        response.StatusCode = StatusCodes.Status202Accepted;
        response.ContentType = "application/json";
        JsonReply.Write(response, context, WriteMembers);
    }

    /// <summary>The problem of a request that was refused as a whole.</summary>
    public static Task WriteRefusedAsync(HttpContext http, IngestOutcome outcome, IngestContext context)
    {
        var (status, detail) = IngestProblems.Of(outcome);
        if (context.Limit is { } limit) LimitHeaders.Write(http.Response, limit);
        else if (context.RetryAfter is { } wait) LimitHeaders.RetryAfter(http.Response, wait);
        return Problems.WriteAsync(http, status, outcome.Code(), context.Detail ?? detail,
            status == 400 ? json => WriteErrors(json, context) : null);
    }

    private static void WriteMembers(Utf8JsonWriter json, IngestContext context)
    {
        int stored = 0, duplicates = 0;
        foreach (var verdict in context.Verdicts)
        {
            if (verdict is IngestOutcome.Stored or IngestOutcome.Spooled) stored++;
            else if (verdict == IngestOutcome.Duplicate) duplicates++;
        }
        json.WriteString("message"u8, "Events stored"u8);
        json.WriteNumber("count"u8, stored + duplicates);
        json.WriteNumber("accepted"u8, stored);
        json.WriteNumber("duplicates"u8, duplicates);
        json.WriteNumber("rejected"u8, context.Verdicts.Length - stored - duplicates);
        json.WriteStartArray("eventIds"u8);
        Span<byte> scratch = stackalloc byte[UuidText.Length];
        for (var i = 0; i < context.Events.Length; i++)
        {
            if (context.Verdicts[i].IsRowRefusal()) json.WriteNullValue();
            else json.WriteStringValue(context.Events[i].IdSpan(scratch));
        }
        json.WriteEndArray();
        WriteErrors(json, context);
    }

    private static void WriteErrors(Utf8JsonWriter json, IngestContext context)
    {
        json.WriteStartArray("errors"u8);
        foreach (var error in context.Errors)
        {
            json.WriteStartObject();
            json.WriteNumber("index"u8, error.Index);
            json.WriteString("code"u8, error.Outcome.Code());
            json.WriteString("detail"u8, error.Detail);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
