using GrainAnalytics.Core.Events;
using GrainAnalytics.Grains.Contracts;
using GrainAnalytics.Grains.Engine;
using GrainAnalytics.Grains.Placement;
using Microsoft.Extensions.Logging;

namespace GrainAnalytics.Grains.Users;

/// <summary>Hands events to their users' grains, which are expected on this silo; one that lives elsewhere is found all the same.</summary>
internal sealed class AppendDispatcher(IGrainFactory grains, ILogger<AppendDispatcher> log)
{
    public async Task<AppendReply> AppendAsync(int siteId, IReadOnlyList<EncodedEvent> events)
    {
        if (events.Count == 1) return await CallAsync(siteId, events[0].UserIdText, events).ConfigureAwait(false);
        var users = new Dictionary<string, List<int>>(events.Count);
        for (var i = 0; i < events.Count; i++)
        {
            var user = events[i].UserIdText;
            if (users.TryGetValue(user, out var indexes)) indexes.Add(i); else users.Add(user, [i]);
        }
        var verdicts = new AppendVerdict[events.Count];
        await Task.WhenAll(users.Select(user => FillAsync(user.Key, user.Value))).ConfigureAwait(false);
        return new AppendReply(verdicts);

        async Task FillAsync(string user, List<int> indexes)
        {
            var reply = await CallAsync(siteId, user, indexes.ConvertAll(i => events[i])).ConfigureAwait(false);
            for (var i = 0; i < indexes.Count; i++) verdicts[indexes[i]] = reply.Verdicts[i];
        }
    }

    private async Task<AppendReply> CallAsync(int siteId, string user, IReadOnlyList<EncodedEvent> events)
    {
        try
        {
            return await grains.GetGrain<IUserGrain>(Rendezvous.UserKey(siteId, user)).AppendAsync(siteId, new EventList(events)).ConfigureAwait(false);
        }
        catch (Exception e) when (Failures.IsTransient(e))
        {
            log.AppendFailed(e, events.Count);
            return AppendReplies.Same(AppendVerdict.Unreachable, events.Count);
        }
    }
}
