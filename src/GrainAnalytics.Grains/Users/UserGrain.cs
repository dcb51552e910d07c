using GrainAnalytics.Core.Engine;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Journeys;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.Grains.Contracts;
using GrainAnalytics.Grains.Placement;
using Orleans.Concurrency;

namespace GrainAnalytics.Grains.Users;

/// <summary>Hosts one user's timeline. Appends and reads interleave while a write is under way.</summary>
/// <remarks>If its silo dies, events that were not acknowledged are lost with it and their senders are told so; everything
/// acknowledged is in the database, from which the next activation reads. There is nothing to flush when it is deactivated:
/// its events wait in the silo's write buffer, and a call that waits for them keeps the activation alive.</remarks>
[GrainType("user"), UserPlacement, Reentrant]
internal sealed class UserGrain(EngineOptions options, EventIntake intake, IEventStore store, ISiteDirectory sites,
    StoreHealth health, TimeProvider time)
    : Grain, IUserGrain
{
    // A silo that dies while it erases the user is distrusted for as long as this activation lives, which costs little.
    private readonly HashSet<SiloAddress> _distrusting = [];
    private UserHost _host = new(options.TimelineTail, time);

    public async ValueTask<AppendReply> AppendAsync(int siteId, EventList events)
    {
        if (await FindSiteAsync(siteId) is not { } site) return AppendReplies.Same(AppendVerdict.StoreUnavailable, events.Events.Count);
        var outcomes = await intake.AppendAsync(site, events.Events, _ => _host);
        return new AppendReply(Array.ConvertAll(outcomes, outcome => outcome.ToVerdict()));
    }

    public async ValueTask<JourneyReply> ReadJourneyAsync(int siteId, JourneyAsk ask)
    {
        try
        {
            var before = ask.BeforeAt is { } at ? new EventPosition(at, ask.BeforeId!) : (EventPosition?)null;
            var query = new JourneyQuery(ask.UserId, ask.From, ask.To, ask.Type, ask.Limit, before);
            if (await sites.FindAsync(siteId, default) is not { } site) return Failed($"There is no site {siteId}.");
            JourneyPage? page;
            while ((page = await _host.ReadAsync(store, health, site, query, default)) is null) { }
            return new JourneyReply(new EventList(page.Events), page.HasMore, null, page.IsPartial, page.Aliases.Count == 0 ? null : [.. page.Aliases]);
        }
        catch (EventStoreException e)
        {
            return Failed(e.Message);
        }

        static JourneyReply Failed(string why) => new(new EventList([]), HasMore: false, why);
    }

    public async ValueTask<bool> DistrustAsync(SiloAddress silo)
    {
        _distrusting.Add(silo);
        try
        {
            await EventIntake.WrittenAsync([Replace()], default);
            return true;
        }
        catch (EventStoreException)
        {
            return false;
        }
    }

    public ValueTask<bool> ForgetAsync(SiloAddress silo)
    {
        _distrusting.Remove(silo);
        _ = Replace();
        return new(true);
    }

    private Task Replace()
    {
        var before = _host;
        _host = new UserHost(options.TimelineTail, time, isTrusted: _distrusting.Count == 0);
        return before.Retire();
    }

    private async ValueTask<Site?> FindSiteAsync(int siteId)
    {
        try
        {
            return await sites.FindAsync(siteId, default);
        }
        catch (EventStoreException)
        {
            return null;    // the caller says that the store is unavailable; the store's own metrics and logs say why
        }
    }
}
