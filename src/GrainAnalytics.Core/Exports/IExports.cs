using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Rollups;
using GrainAnalytics.Core.Sites;

namespace GrainAnalytics.Core.Exports;

/// <summary>Which raw events are exported.</summary>
/// <param name="Site">Whose.</param>
/// <param name="From">Earliest occurredAt, Unix microseconds, inclusive.</param>
/// <param name="To">Latest, inclusive.</param>
/// <param name="Type">Only this type; null for all.</param>
/// <param name="After">Only events behind this place; null for all.</param>
public sealed record ExportQuery(Site Site, long From, long To, string? Type, ExportPosition? After);

/// <summary>An exported event.</summary>
/// <param name="Event">The event.</param>
/// <param name="Path">Path of its page, or null.</param>
/// <param name="EngagedMs">Milliseconds of attention that it reports, or null.</param>
/// <param name="IsBot">True when a crawler sent it.</param>
/// <param name="Values">What its visit came from and used, in the order of <see cref="Dimensions"/>; null where nothing is known.</param>
public sealed record ExportedEvent(EncodedEvent Event, string? Path, int? EngagedMs, bool IsBot, IReadOnlyList<string?> Values)
{
    /// <summary>What <see cref="Values"/> are of.</summary>
    public static IReadOnlyList<Dimension> Dimensions { get; } = [Dimension.Host, Dimension.Referrer, Dimension.Source, Dimension.Medium, Dimension.Campaign, Dimension.Term,
        Dimension.Content, Dimension.Channel, Dimension.Country, Dimension.Language, Dimension.Device, Dimension.Browser, Dimension.Os, Dimension.Screen];

    /// <summary>Its place.</summary>
    public ExportPosition Position => new(Event.OccurredAt, Event.Key);
}

/// <summary>Reads raw events in bulk.</summary>
public interface IExports
{
    /// <summary>Events by occurredAt, equal times by key, as they come from the database: no more than a few are in memory. All that were stored
    /// before the call are among them.</summary>
    /// <exception cref="Writing.EventStoreException">The store did not answer; what came is whole, and the last position goes on.</exception>
    IAsyncEnumerable<ExportedEvent> ReadAsync(ExportQuery query, CancellationToken cancel);
}
