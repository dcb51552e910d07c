namespace GrainAnalytics.Core.DeadLetters;

/// <summary>Which dead letters; every part that is given must hold.</summary>
/// <param name="Reason">Code of an outcome, or null.</param>
/// <param name="SiteId">A site, or null.</param>
/// <param name="From">Set aside then or later, Unix microseconds.</param>
/// <param name="To">Set aside then or earlier, Unix microseconds.</param>
public sealed record LetterFilter(string? Reason = null, int? SiteId = null, long From = long.MinValue, long To = long.MaxValue);
