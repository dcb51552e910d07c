using GrainAnalytics.Core.Counters;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Journeys;
using GrainAnalytics.Core.Sessions;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Spool;

namespace GrainAnalytics.Core.Engine;

/// <summary>Hosts the state machines of users, sessions and days, and answers from them. One implementation runs them in
/// this process, another in Orleans grains; both pass the same contract tests.</summary>
public interface IAnalyticsEngine
{
    /// <summary>Name in <c>/health</c>: "single-node" or "orleans".</summary>
    string Name { get; }

    /// <summary>Processes that make up the engine, this one included.</summary>
    int Silos { get; }

    /// <summary>This process's write buffer.</summary>
    BufferStatus Buffer { get; }

    /// <summary>This process's queue on disk; null when it has none.</summary>
    SpoolStatus? Spool => null;

    /// <summary>Stores events, each exactly once, and returns when that is decided.</summary>
    /// <param name="site">Whose events they are.</param>
    /// <param name="events">Encoded events; ids may repeat ones of other requests, not of this one.</param>
    /// <param name="cancel">Ends the waiting; the events may be stored all the same.</param>
    /// <returns>One outcome an event, in order: Stored or Spooled (a lookup on any node shows it from now on), Duplicate, PoisonRow,
    /// or BufferFull, StoreUnavailable, ShuttingDown, SiloUnavailable, SpoolFull, SpoolFailed.</returns>
    ValueTask<IngestOutcome[]> AppendAsync(Site site, EncodedEvent[] events, CancellationToken cancel);

    /// <summary>A page of a user's events, newest first; empty for an unknown user. While the store does not answer: what is
    /// in memory and on disk, marked as partial.</summary>
    ValueTask<JourneyPage> ReadJourneyAsync(Site site, JourneyQuery query, CancellationToken cancel);

    /// <summary>A session with its newest events, or null when it is unknown.</summary>
    /// <exception cref="Writing.EventStoreException">The store was needed and did not answer.</exception>
    ValueTask<SessionView?> ReadSessionAsync(Site site, string sessionId, CancellationToken cancel);

    /// <summary>Live totals of one of the site's days.</summary>
    /// <exception cref="Writing.EventStoreException">The store was needed and did not answer.</exception>
    ValueTask<DayTotals> ReadDayAsync(Site site, DateOnly day, CancellationToken cancel);

    /// <summary>Has nothing written any more on the strength of what is remembered of users, until <see cref="ForgetAsync"/>; returns when nothing of that
    /// kind is under way. Their events are stored meanwhile as always.</summary>
    /// <exception cref="Writing.EventStoreException">Their events were not written in time, or a part of the cluster does not answer.</exception>
    Task DistrustAsync(Site site, IReadOnlyList<string> userIds, CancellationToken cancel) => throw new NotSupportedException();

    /// <summary>Forgets users, who may have been erased from the store, and what is remembered of the site's sessions and days; then memory is trusted again.</summary>
    /// <param name="site">The site.</param>
    /// <param name="userIds">Those who are distrusted.</param>
    /// <param name="erasedAt">Events of theirs that arrived by then are shown no more, wherever they are on their way; null: they were not erased.</param>
    /// <param name="cancel">Ends the waiting.</param>
    /// <exception cref="Writing.EventStoreException">A part of the cluster does not answer.</exception>
    Task ForgetAsync(Site site, IReadOnlyList<string> userIds, long? erasedAt, CancellationToken cancel) => throw new NotSupportedException();
}

/// <summary>State of a write buffer.</summary>
/// <param name="Waiting">Events accepted into it and not yet decided, those being written included.</param>
/// <param name="IsFlushing">True while a transaction runs.</param>
/// <param name="FlushSize">Events that fill a normal write.</param>
/// <param name="EmergencyThreshold">Waiting events beyond which requests are refused.</param>
/// <param name="IsStopping">True once the server drains.</param>
/// <param name="StoreAnswers">False while writes fail because the database is away.</param>
public readonly record struct BufferStatus(int Waiting, bool IsFlushing, int FlushSize, int EmergencyThreshold, bool IsStopping, bool StoreAnswers)
{
    /// <summary>How long an event that came now would wait for its commit, by the backlog and the last writes; means nothing
    /// while <see cref="StoreAnswers"/> is false.</summary>
    public TimeSpan ExpectedWait { get; init; }
}
