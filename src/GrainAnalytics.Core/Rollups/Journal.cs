using GrainAnalytics.Core.Enrichment;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Core.Writing;

namespace GrainAnalytics.Core.Rollups;

/// <summary>Makes the journal of a write.</summary>
public static class Journal
{
    /// <summary>Packs new events, site by site. What crawlers sent is left out: it is in no rollup.</summary>
    /// <param name="rows">By site.</param>
    public static IReadOnlyList<(int SiteId, ReadOnlyMemory<byte> Events)> Pack(ReadOnlySpan<EventRow> rows)
    {
        var packed = new List<(int, ReadOnlyMemory<byte>)>(1);
        JournalWriter? journal = null;
        for (var i = 0; i < rows.Length; i++)
        {
            if (i > 0 && rows[i].Site.Id != rows[i - 1].Site.Id && journal is not null)
            {
                packed.Add((rows[i - 1].Site.Id, journal.Bytes));
                journal = null;
            }
            var facts = new EventFacts(rows[i].Event.Facts);
            if (!facts.IsBot) (journal ??= new JournalWriter()).Add(Entry(rows[i], facts));
        }
        if (journal is not null) packed.Add((rows[^1].Site.Id, journal.Bytes));
        return packed;
    }

    private static JournalEvent Entry(in EventRow row, EventFacts facts)
    {
        var value = row.Event;
        return new JournalEvent(value.OccurredAt, new Utf8Text(value.UserId), new Utf8Text(value.HasSession ? value.SessionId : default),
            new Utf8Text(facts[Fact.Path]), new Utf8Text(facts.ContextBytes), facts.EngagedMs, row.IsCounted, value.Type.Span.SequenceEqual("page_view"u8));
    }
}
