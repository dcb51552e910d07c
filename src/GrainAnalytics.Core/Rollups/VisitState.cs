using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;

namespace GrainAnalytics.Core.Rollups;

/// <summary>What statistics know of a session: the counted events in it.</summary>
public sealed class VisitState
{
    /// <summary>Earliest and latest event, Unix microseconds.</summary>
    public long StartedAt { get; set; } = long.MaxValue;

    /// <inheritdoc cref="StartedAt"/>
    public long EndedAt { get; set; } = long.MinValue;

    /// <summary>Counted events.</summary>
    public int Events { get; set; }

    /// <summary>Page views.</summary>
    public int Views { get; set; }

    /// <summary>When the first page was viewed, Unix microseconds; means nothing without <see cref="EntryPath"/>.</summary>
    public long EntryAt { get; set; }

    /// <summary>When the last page was viewed.</summary>
    public long ExitAt { get; set; }

    /// <summary>The page viewed first, or empty. Of two at the same instant the smaller by bytes.</summary>
    public Utf8Text EntryPath { get; set; }

    /// <summary>The page viewed last, or empty. Of two at the same instant the larger by bytes.</summary>
    public Utf8Text ExitPath { get; set; }

    /// <summary>Takes a counted event in.</summary>
    internal void Add(in JournalEvent value)
    {
        Events++;
        StartedAt = Math.Min(StartedAt, value.OccurredAt);
        EndedAt = Math.Max(EndedAt, value.OccurredAt);
        if (!value.IsPageView) return;
        Views++;
        if (!value.HasPath) return;
        if (EntryPath.Bytes.IsEmpty || value.OccurredAt < EntryAt || value.OccurredAt == EntryAt && value.Path.CompareTo(EntryPath) < 0)
            (EntryAt, EntryPath) = (value.OccurredAt, value.Path);
        if (ExitPath.Bytes.IsEmpty || value.OccurredAt > ExitAt || value.OccurredAt == ExitAt && value.Path.CompareTo(ExitPath) > 0)
            (ExitAt, ExitPath) = (value.OccurredAt, value.Path);
    }

    /// <summary>Adds the session to the counts, or takes it away with a sign of -1.</summary>
    internal void Count(int sign, SiteClock clock, RollupChanges changes)
    {
        if (Events == 0) return;
        var day = clock.DayOf(StartedAt);
        var durationMs = (EndedAt - StartedAt) / 1000;
        changes.Sessions.TryGetValue(day, out var counts);
        changes.Sessions[day] = counts + new SessionCounts(sign, Events == 1 ? sign : 0, sign * Views, sign * durationMs);
        RollupChanges.Add(changes.Durations, (day, (int)Math.Min(int.MaxValue, durationMs / 1000)), sign);
        RollupChanges.Add(changes.HourSessions, clock.HourStart(StartedAt), sign);
        if (EntryPath.Bytes.IsEmpty) return;
        changes.AddValue(Dimension.Page, EntryPath, day, DimensionCounts.Entries, sign);
        changes.AddValue(Dimension.Page, ExitPath, day, DimensionCounts.Exits, sign);
    }
}
