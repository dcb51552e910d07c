namespace GrainAnalytics.Core.Live;

/// <summary>All that viewers of a site see, at one moment: immutable, whole, and small. Of two views of one epoch the one
/// with the higher sequence is the newer, so views may be lost, repeated and arrive in any order.</summary>
/// <param name="SiteId">The site.</param>
/// <param name="Epoch">Which life of the owner's state made it. Sequences of different epochs cannot be compared: after a
/// change viewers get a whole snapshot.</param>
/// <param name="Sequence">1 and up; +1 with every view that differs.</param>
/// <param name="Day">The site's local day.</param>
/// <param name="ActiveUsers">Users with a counted event on the day.</param>
/// <param name="ActiveNow">Users with a counted event within <see cref="RecentUsers.Window"/>.</param>
/// <param name="Types">Totals of the day by type, in no order; a total may be 0. At most <see cref="MaxTypes"/>, then the
/// largest.</param>
/// <param name="Latest">The latest events by arrival, newest first.</param>
public sealed record LiveView(int SiteId, long Epoch, long Sequence, DateOnly Day, long ActiveUsers, long ActiveNow,
    IReadOnlyList<LiveTotal> Types, IReadOnlyList<LiveEvent> Latest)
{
    /// <summary>The site's time zone, whose day it is; null from a server that does not say.</summary>
    public string? TimeZone { get; init; }

    /// <summary>Most types in a view: senders may invent as many as they like.</summary>
    public const int MaxTypes = 1000;
}

/// <summary>A type's total of the day.</summary>
/// <param name="Type">The type.</param>
/// <param name="Count">Its counted events.</param>
/// <param name="ChangedAt">Sequence of the view that first had this total.</param>
public readonly record struct LiveTotal(string Type, long Count, long ChangedAt);
