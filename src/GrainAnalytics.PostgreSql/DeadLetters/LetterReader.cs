using GrainAnalytics.Core.DeadLetters;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Text;
using Npgsql;

namespace GrainAnalytics.PostgreSql.DeadLetters;

/// <summary>Reads dead letters from the rows of ListLetters and its like.</summary>
internal static class LetterReader
{
    public static StoredLetter Read(NpgsqlDataReader row)
    {
        var form = row.GetString(5) == "row" ? LetterForm.Row : LetterForm.Event;
        var bytes = row.GetFieldValue<byte[]>(6);
        var setAsideAt = Instant.FromDateTime(row.GetDateTime(10));
        return new StoredLetter(row.GetInt64(0), row.GetInt32(1), row.IsDBNull(2) ? null : row.GetString(2), row.GetString(3), row.GetString(4), form, bytes,
            row.IsDBNull(7) ? bytes.Length : row.GetInt32(7),
            row.IsDBNull(8) ? null : EventKey.FromGuid(row.GetGuid(8)),
            row.IsDBNull(9) ? ArrivalOf(form, bytes) ?? setAsideAt : Instant.FromDateTime(row.GetDateTime(9)),
            setAsideAt, row.GetInt32(11), row.IsDBNull(12) ? null : Instant.FromDateTime(row.GetDateTime(12)));
    }

    // Set aside by a version that did not note it.
    private static long? ArrivalOf(LetterForm form, byte[] bytes) =>
        form == LetterForm.Event && EventEncoder.TryDecode(bytes, out var value) ? value.ReceivedAt : null;
}
