using System.Runtime.InteropServices;
using System.Text;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Sites;

namespace GrainAnalytics.Cli.Verify;

/// <summary>Counts events as the statistics should.</summary>
internal sealed class Tally
{
    private readonly Dictionary<(long Hour, string Type), long> _types = [];
    private readonly Dictionary<string, HashSet<long>> _users = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _sessions = new(StringComparer.Ordinal);

    // Every zone's days begin at a multiple of this; which one it is, is not known yet.
    private const long Slice = 15 * 60 * Core.Text.Instant.Second;

    /// <summary>Sessions and their events.</summary>
    public IReadOnlyDictionary<string, long> Sessions => _sessions;

    /// <summary>Adds an event.</summary>
    public void Add(string user, string type, string? session, long occurredAt)
    {
        if (session is not null) CollectionsMarshal.GetValueRefOrAddDefault(_sessions, session, out _)++;
        if (EventTypes.IsUncounted(Encoding.UTF8.GetBytes(type))) return;
        var slice = Math.DivRem(occurredAt, Slice).Quotient;
        CollectionsMarshal.GetValueRefOrAddDefault(_types, (slice, type), out _)++;
        ref var slices = ref CollectionsMarshal.GetValueRefOrAddDefault(_users, user, out _);
        (slices ??= []).Add(slice);
    }

    /// <summary>Events by local day and type.</summary>
    public Dictionary<(DateOnly Day, string Type), long> TypesByDay(SiteClock clock)
    {
        var days = new Dictionary<(DateOnly, string), long>();
        foreach (var ((slice, type), count) in _types)
            CollectionsMarshal.GetValueRefOrAddDefault(days, (clock.DayOf(slice * Slice), type), out _) += count;
        return days;
    }

    /// <summary>Active users by local day.</summary>
    public Dictionary<DateOnly, long> UsersByDay(SiteClock clock)
    {
        var days = new Dictionary<DateOnly, long>();
        foreach (var slices in _users.Values)
            foreach (var day in slices.Select(slice => clock.DayOf(slice * Slice)).Distinct())
                CollectionsMarshal.GetValueRefOrAddDefault(days, day, out _)++;
        return days;
    }
}
