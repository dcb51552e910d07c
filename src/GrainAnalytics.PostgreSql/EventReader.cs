using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Text;
using Npgsql;

namespace GrainAnalytics.PostgreSql;

/// <summary>Reads events from rows.</summary>
internal static class EventReader
{
    /// <summary>Reads occurred_at, received_at, key, event_id, user_id, session_id, anonymous_id, type, payload.</summary>
    /// <param name="row">The row.</param>
    /// <param name="first">Place of the first of these columns.</param>
    public static EncodedEvent Read(NpgsqlDataReader row, int first)
    {
        var parts = new EventParts
        {
            OccurredAt = Instant.FromDateTime(row.GetDateTime(first)),
            ReceivedAt = Instant.FromDateTime(row.GetDateTime(first + 1)),
            Key = EventKey.FromGuid(row.GetGuid(first + 2)),
            IdIsKeyText = row.IsDBNull(first + 3),
            UserId = row.GetFieldValue<byte[]>(first + 4),
            HasSession = !row.IsDBNull(first + 5),
            HasAnonymousId = !row.IsDBNull(first + 6),
            Type = row.GetFieldValue<byte[]>(first + 7),
            Payload = row.GetFieldValue<byte[]>(first + 8),
        };
        if (!parts.IdIsKeyText) parts.Id = row.GetFieldValue<byte[]>(first + 3);
        if (parts.HasSession) parts.SessionId = row.GetFieldValue<byte[]>(first + 5);
        if (parts.HasAnonymousId) parts.AnonymousId = row.GetFieldValue<byte[]>(first + 6);
        return EventEncoder.Encode(parts);
    }
}
