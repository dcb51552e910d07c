using GrainAnalytics.Core.Engine;
using GrainAnalytics.Core.Sessions;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.Grains.Contracts;
using Orleans.Concurrency;
using Orleans.Placement;

namespace GrainAnalytics.Grains.Sessions;

/// <summary>One session that somebody looks at: all lookups at the same time, from any silo, cost one read.</summary>
/// <remarks>It keeps nothing between reads. A session may span users, who live on many silos; telling each session's grain
/// of each commit would cost a call an event, and waiting for it would put another silo between a sender and its
/// acknowledgement. Nothing is lost if its silo dies.</remarks>
[GrainType("session"), HashBasedPlacement, Reentrant]
internal sealed class SessionGrain(IEventStore store, ISiteDirectory sites) : Grain, ISessionGrain
{
    private SharedRead<SessionView?>? _read;

    public async ValueTask<SessionReply> ReadAsync(int siteId, string sessionId)
    {
        try
        {
            if (await sites.FindAsync(siteId, default) is not { } site) return Unknown($"There is no site {siteId}.");
            _read ??= new SharedRead<SessionView?>(() => store.ReadSessionAsync(site, sessionId, SessionState.MaxEvents, default));
            if (await _read.ReadAsync() is not { } view) return Unknown(null);
            return new SessionReply(true, view.UserId, view.StartedAt, view.LastSeenAt, view.EventCount, new EventList(view.Events), null);
        }
        catch (EventStoreException e)
        {
            return Unknown(e.Message);
        }

        static SessionReply Unknown(string? why) => new(false, "", 0, 0, 0, new EventList([]), why);
    }
}
