using GrainAnalytics.Core.Events;

namespace GrainAnalytics.Core.Live;

/// <summary>What the store knows of a site's last minutes.</summary>
/// <param name="Latest">The latest events by arrival, newest first.</param>
/// <param name="Users">Users with a counted event in the window that was asked for, each once.</param>
public sealed record RecentActivity(IReadOnlyList<EncodedEvent> Latest, IReadOnlyList<SeenUser> Users);
