using System.Text.Json;
using GrainAnalytics.Core.Text;

namespace GrainAnalytics.Core.Ingestion;

/// <summary>When an event happened: the sender's time or, without one, the time in a version 7 id, else arrival. A sentAt
/// shifts the sender's clock to ours, always, before the range is checked.</summary>
internal static class EventTime
{
    public static (IngestOutcome Outcome, string? Detail) Resolve(ref RawEvent row, ReadOnlySpan<byte> body, IngestContext context)
    {
        long claimed = 0, sent = 0;
        if (!row.OccurredAt.IsAbsent && !TryRead(row.OccurredAt, body, out claimed))
            return (IngestOutcome.InvalidOccurredAt, "occurredAt must be an ISO 8601 instant such as 2026-01-31T12:00:00.000Z.");
        if (!row.SentAt.IsAbsent && !TryRead(row.SentAt, body, out sent))
            return (IngestOutcome.InvalidSentAt, "sentAt must be an ISO 8601 instant such as 2026-01-31T12:00:00.000Z.");
        var isImplied = row.OccurredAt.IsAbsent;
        if (isImplied)
        {
            if (TimeOfId(row.EventId, body) is not { } fromId)
            {
                row.Time = context.ReceivedAt;
                return default;
            }
            claimed = fromId;
        }
        row.Time = row.SentAt.IsAbsent ? claimed : context.ReceivedAt - (sent - claimed);
        var latest = context.JudgedAt + context.Options.MaxAhead.Ticks / TimeSpan.TicksPerMicrosecond;
        if (row.Time >= 0 && row.Time <= latest) return default;
        if (isImplied)
        {
            // Nobody claimed a time here: an id that only looks like version 7 is no reason to lose the event.
            row.Time = context.ReceivedAt;
            return default;
        }
        return (IngestOutcome.OccurredAtOutOfRange, row.SentAt.IsAbsent
            ? $"occurredAt must lie between 1970 and {context.Options.MaxAhead.TotalHours:0.#} hours from now."
            : $"occurredAt, corrected by sentAt, must lie between 1970 and {context.Options.MaxAhead.TotalHours:0.#} hours from now.");
    }

    private static long? TimeOfId(RawField id, ReadOnlySpan<byte> body)
    {
        if (id.IsAbsent) return null;
        Span<byte> plain = stackalloc byte[6 * UuidText.Length];
        if (id.Length > plain.Length) return null;
        // Escapes change nothing of what an id says.
        var text = id.IsEscaped ? plain[..JsonText.Unescape(id.In(body), plain)] : id.In(body);
        return UuidText.TryParse(text, out var key, out _) ? UuidText.TimeOf(key) : null;
    }

    private static bool TryRead(RawField field, ReadOnlySpan<byte> body, out long microseconds)
    {
        microseconds = 0;
        if (field.Kind != JsonTokenType.String) return false;
        var text = field.In(body);
        if (!field.IsEscaped) return Instant.TryParse(text, out microseconds, out _);
        if (text.Length > 256 || JsonText.FindFault(text) != TextFault.None) return false;
        Span<byte> plain = stackalloc byte[256];
        return Instant.TryParse(plain[..JsonText.Unescape(text, plain)], out microseconds, out _);
    }
}
