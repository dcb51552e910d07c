using GrainAnalytics.Core.Counters;
using GrainAnalytics.Core.Events;

namespace GrainAnalytics.Core.Live;

/// <summary>What the commits of one process changed at one site since its last update: what a process tells the site's
/// owner. Updates may be lost, repeated and arrive in any order.</summary>
/// <param name="SiteId">The site.</param>
/// <param name="Counters">Counters that changed, each once, with their newest version.</param>
/// <param name="Latest">The latest stored events by arrival, newest first; see <see cref="LatestEvents"/> for how many.</param>
/// <param name="Users">Users with a counted event within <see cref="RecentUsers.Window"/>, each once.</param>
/// <param name="MustReadCounters">True when counters changed in a way that is not among <paramref name="Counters"/>: whoever
/// holds them must read them again.</param>
public sealed record LiveUpdate(int SiteId, IReadOnlyList<CounterUpdate> Counters, IReadOnlyList<EncodedEvent> Latest,
    IReadOnlyList<SeenUser> Users, bool MustReadCounters);

/// <summary>A user who was active.</summary>
/// <param name="Hash">Of the user id; see <see cref="UserHash"/>.</param>
/// <param name="At">When, Unix microseconds: the event's occurredAt, or its arrival if that is earlier.</param>
public readonly record struct SeenUser(ulong Hash, long At);
