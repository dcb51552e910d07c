using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Journeys;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Writing;

namespace GrainAnalytics.Core.Engine;

/// <summary>Brings events to their users and into this process's write buffer.</summary>
public sealed class EventIntake(WriteBuffer buffer, IngestMetrics metrics)
{
    private static readonly TimeSpan WrittenWithin = TimeSpan.FromSeconds(10);

    /// <summary>Waits until what retired hosts had in the buffer is decided; see <see cref="UserHost.Retire"/>.</summary>
    /// <exception cref="EventStoreException">It takes too long.</exception>
    public static async Task WrittenAsync(IEnumerable<Task> retired, CancellationToken cancel)
    {
        try
        {
            await Task.WhenAll(retired).WaitAsync(WrittenWithin, cancel).ConfigureAwait(false);
        }
        catch (TimeoutException e)
        {
            throw new EventStoreException(StoreFailure.Away, isOutcomeUnknown: false, "Events of the user wait to be written.", e);
        }
    }

    /// <summary>Each event goes into its user's timeline, where lookups see it at once, then all of them into the buffer
    /// together; returns when it is decided what became of them.</summary>
    /// <param name="site">Whose events they are.</param>
    /// <param name="events">The events.</param>
    /// <param name="hostOf">The host of an event's user; called again when that one was let go meanwhile.</param>
    /// <returns>One outcome an event, in order.</returns>
    public Task<IngestOutcome[]> AppendAsync(Site site, IReadOnlyList<EncodedEvent> events, Func<EncodedEvent, UserHost> hostOf)
    {
        var append = new PendingAppend(events.Count);
        var items = new WriteItem[events.Count];
        int count = 0, known = 0;
        for (var i = 0; i < events.Count; i++)
        {
            var row = EventRow.Of(site, events[i]);
            UserHost host;
            TimelineAddition addition;
            bool isNewToday;
            while (!(host = hostOf(events[i])).TryAdd(row, out addition, out isNewToday)) { }
            if (addition == TimelineAddition.IdIsStored)
            {
                known++;
                append.Complete(i, IngestOutcome.Duplicate);
                continue;
            }
            // An id that is pending goes to the buffer too: whether it is a duplicate is decided by the first one's end.
            items[count++] = new WriteItem(row with { IsUserNewToday = isNewToday }, host, append, i, addition == TimelineAddition.Added);
        }
        metrics.Duplicate(known);
        var refused = buffer.TryAdd(items.AsSpan(0, count));
        if (refused != IngestOutcome.Accepted)
        {
            foreach (var item in items.AsSpan(0, count)) ((UserHost)item.Owner!).TakeBack(item);
            append.GiveUp(refused);
        }
        return append.Task;
    }
}
