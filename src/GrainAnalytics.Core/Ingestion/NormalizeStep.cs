using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Text;

namespace GrainAnalytics.Core.Ingestion;

/// <summary>Turns every valid row into its block: decoded texts, a minted id where there is none, the payload as sent.</summary>
internal sealed class NormalizeStep : IIngestStep
{
    public ValueTask<IngestOutcome> RunAsync(IngestContext context, CancellationToken cancel)
    {
        if (context.Valid == 0) return new(IngestOutcome.NothingValid);
        var body = context.Body.Span;
        var rows = context.Rows;
        var events = new EncodedEvent[rows.Length];
        for (var i = 0; i < rows.Length; i++)
            if (rows[i].Outcome == IngestOutcome.Accepted) events[i] = Encode(rows[i], i, body, context);
        context.Events = events;
        return new(IngestOutcome.Accepted);
    }

    private static EncodedEvent Encode(in RawEvent row, int index, ReadOnlySpan<byte> body, IngestContext context)
    {
        // The decoded form of escaped texts is never longer than the row.
        var escaped = row.Type.IsEscaped || row.UserId.IsEscaped || row.AnonymousId.IsEscaped || row.SessionId.IsEscaped || row.EventId.IsEscaped;
        var scratch = escaped ? new byte[row.Length] : [];
        var free = scratch.AsSpan();
        var parts = new EventParts
        {
            Type = Decode(row.Type, body, ref free),
            HasSession = !row.SessionId.IsAbsent,
            SessionId = Decode(row.SessionId, body, ref free),
            OccurredAt = row.Time,
            ReceivedAt = context.ReceivedAt,
            Payload = row.Payload.IsAbsent ? "{}"u8 : row.Payload.In(body),
            Facts = context.FactsOf(row),
        };
        var anonymous = Decode(row.AnonymousId, body, ref free);
        parts.UserId = row.UserId.IsAbsent ? anonymous : Decode(row.UserId, body, ref free);
        if (row.IsCookieless)
        {
            parts.UserId = context.VisitorId;
            // A session that lasts the visitor's day: nothing that would tell one visit from the next is kept.
            if (row.SessionId.IsAbsent)
            {
                parts.HasSession = true;
                parts.SessionId = context.VisitorId;
            }
        }
        if (!row.UserId.IsAbsent && !row.AnonymousId.IsAbsent)
        {
            parts.HasAnonymousId = true;
            parts.AnonymousId = anonymous;
        }
        if (row.EventId.IsAbsent)
        {
            // Events of a request that name neither id nor time happened in the request's order.
            parts.Key = context.KeyWithoutId ?? UuidText.NewVersion7(context.ReceivedAt, index);
            parts.IdIsKeyText = true;
        }
        else
        {
            parts.Id = Decode(row.EventId, body, ref free);
            parts.Key = EventKey.Of(parts.Id, out parts.IdIsKeyText);
        }
        return EventEncoder.Encode(parts);
    }

    private static ReadOnlySpan<byte> Decode(RawField field, ReadOnlySpan<byte> body, ref Span<byte> free)
    {
        if (field.IsAbsent) return default;
        if (!field.IsEscaped) return field.In(body);
        var text = free[..JsonText.Unescape(field.In(body), free)];
        free = free[text.Length..];
        return text;
    }
}
