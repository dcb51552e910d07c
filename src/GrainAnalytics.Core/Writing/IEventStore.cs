using GrainAnalytics.Core.Counters;
using GrainAnalytics.Core.Enrichment;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Journeys;
using GrainAnalytics.Core.Live;
using GrainAnalytics.Core.Sessions;
using GrainAnalytics.Core.Sites;

namespace GrainAnalytics.Core.Writing;

/// <summary>One event of a write, with what the rollups need to know of it.</summary>
/// <param name="Site">Its site.</param>
/// <param name="Event">The event.</param>
/// <param name="Day">The site's local day.</param>
/// <param name="Hour">Start of the local hour, Unix microseconds.</param>
/// <param name="IsCounted">False for types that count as no event, and for what a crawler sent.</param>
/// <param name="IsUserNewToday">False when the user is known to be counted on that day already.</param>
public readonly record struct EventRow(Site Site, EncodedEvent Event, DateOnly Day, long Hour, bool IsCounted, bool IsUserNewToday)
{
    /// <summary>The row of an event whose user is not known to be counted yet.</summary>
    public static EventRow Of(Site site, EncodedEvent value)
    {
        var isCounted = !EventTypes.IsUncounted(value.Type.Span) && !new EventFacts(value.Facts).IsBot;
        return new EventRow(site, value, site.Clock.DayOf(value.OccurredAt), site.Clock.HourStart(value.OccurredAt), isCounted, isCounted);
    }
}

/// <summary>What a write did.</summary>
/// <param name="IsStored">For each row: true when it was stored, false when its id was there before.</param>
/// <param name="Counters">Counters that changed, with their new values.</param>
/// <param name="HasClaims">True when an earlier attempt, whose answer was lost, had stored some of the rows: what that
/// changed in counters is not among <paramref name="Counters"/>, so whoever holds their values must read them again.</param>
public sealed record WriteResult(bool[] IsStored, IReadOnlyList<CounterUpdate> Counters, bool HasClaims = false);

/// <summary>An event set aside, with the reason.</summary>
/// <param name="SiteId">Its site.</param>
/// <param name="Reason">An outcome's code.</param>
/// <param name="Detail">For people.</param>
/// <param name="Event">The event.</param>
public sealed record DeadLetter(int SiteId, string Reason, string Detail, EncodedEvent Event);

/// <summary>The system of record.</summary>
/// <remarks>Every method throws <see cref="EventStoreException"/> when it cannot do its work.</remarks>
public interface IEventStore
{
    /// <summary>Opens a writer with a database connection of its own.</summary>
    /// <param name="shard">The writer's number in this process, from 0: its share of hot counters.</param>
    IEventWriter OpenWriter(int shard);

    /// <summary>Keeps an event that cannot be stored. Setting the same event aside twice keeps it once.</summary>
    Task SetAsideAsync(DeadLetter letter, CancellationToken cancel);

    /// <summary>A user's stored events in the order of a journey.</summary>
    /// <param name="site">The site.</param>
    /// <param name="query">Which events; its limit is not used.</param>
    /// <param name="limit">Most events to return.</param>
    /// <param name="cancel">Ends the read.</param>
    Task<IReadOnlyList<EncodedEvent>> ReadJourneyAsync(Site site, JourneyQuery query, int limit, CancellationToken cancel);

    /// <summary>Other ids that a user is known to have had, the latest first, at most <see cref="JourneyPage.MostAliases"/>.</summary>
    Task<IReadOnlyList<string>> ReadAliasesAsync(Site site, string userId, CancellationToken cancel) => Task.FromResult<IReadOnlyList<string>>([]);

    /// <summary>A stored session with its newest events, as of one moment; null when there is none.</summary>
    Task<SessionView?> ReadSessionAsync(Site site, string sessionId, int limit, CancellationToken cancel);

    /// <summary>All counters of a site's day.</summary>
    Task<IReadOnlyList<CounterUpdate>> ReadDayAsync(Site site, DateOnly day, CancellationToken cancel);

    /// <summary>A site's latest events by arrival, and its users since an instant. Events of days ago are only looked for as
    /// long as that is quick.</summary>
    /// <param name="site">The site.</param>
    /// <param name="since">Unix microseconds: users with a counted event that both happened and arrived since then.</param>
    /// <param name="limit">Most events to return.</param>
    /// <param name="cancel">Ends the read.</param>
    Task<RecentActivity> ReadActivityAsync(Site site, long since, int limit, CancellationToken cancel);
}

/// <summary>Writes batches, one after the other, each in one transaction.</summary>
public interface IEventWriter : IAsyncDisposable
{
    /// <summary>Stores the rows whose ids are new, with their rollups and sessions.</summary>
    /// <param name="rows">In ascending order of (site, key), no key twice.</param>
    /// <param name="mayBeOwnWork">True when an earlier attempt at the same rows may have committed: a row that is there
    /// with the same arrival is then reported as stored.</param>
    /// <param name="cancel">Gives the attempt up.</param>
    Task<WriteResult> WriteAsync(IReadOnlyList<EventRow> rows, bool mayBeOwnWork, CancellationToken cancel);
}
