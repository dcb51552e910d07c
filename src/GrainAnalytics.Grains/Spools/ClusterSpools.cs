using System.Collections.Concurrent;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Spool;
using GrainAnalytics.Grains.Contracts;
using GrainAnalytics.Grains.Engine;
using GrainAnalytics.Grains.Placement;
using Microsoft.Extensions.Logging;

namespace GrainAnalytics.Grains.Spools;

/// <summary>Knows which silos have events in their spools, and asks those for a user's.</summary>
/// <remarks>A silo announces its backlog before the first event of it is acknowledged, and again every second while it lasts; so a
/// lookup asks nobody as long as there is none. What is in the spool of a silo that died is found again when that silo is back.</remarks>
internal sealed class ClusterSpools(SiloView silos, SpoolServiceClient services, TimeProvider time, ILogger<ClusterSpools> log) : ISpoolPeers
{
    /// <summary>How long an announcement is believed.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(5);

    // An announcement is on the way of an acknowledgement; a lookup has more time.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1), ReadPatience = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<SiloAddress, long> _heard = new();

    /// <inheritdoc/>
    public bool HaveBacklog => !_heard.IsEmpty && Announced().Count > 0;

    /// <summary>Notes that a silo has a backlog.</summary>
    public void Heard(SiloAddress from) => _heard[from] = time.GetTimestamp();

    /// <inheritdoc/>
    public Task AnnounceAsync(CancellationToken cancel)
    {
        var mine = silos.Mine;
        return Task.WhenAll(silos.Active.Where(silo => !silo.Equals(mine)).Select(async silo =>
        {
            try
            {
                await services.At(silo).AnnounceAsync(mine).WaitAsync(Patience, time, cancel).ConfigureAwait(false);
            }
            catch (Exception e) when (Failures.IsTransient(e))
            {
                log.SpoolNotAnnounced(silo, e.Message);     // one that died needs not know; one that lives hears it in a second
            }
        }));
    }

    /// <inheritdoc/>
    public async Task<(IReadOnlyList<EncodedEvent> Events, bool IsComplete)> ReadAsync(int siteId, string userId, CancellationToken cancel)
    {
        var replies = await Task.WhenAll(Announced().Select(silo => AskAsync(silo, siteId, userId, cancel))).ConfigureAwait(false);
        return ([.. replies.SelectMany(reply => reply?.Events.Events ?? [])], replies.All(reply => reply is { IsComplete: true }));
    }

    /// <inheritdoc/>
    public Task ForgetAsync(int siteId, IReadOnlyList<string> userIds, long erasedAt, CancellationToken cancel) =>
        Task.WhenAll(Announced().Select(silo => Failures.CallAsync(async () =>
        {
            await services.At(silo).ForgetAsync(siteId, [.. userIds], erasedAt).ConfigureAwait(false);
            return true;
        }, ReadPatience, cancel)));

    private async Task<SpoolReply?> AskAsync(SiloAddress silo, int siteId, string userId, CancellationToken cancel)
    {
        try
        {
            return await services.At(silo).ReadAsync(siteId, userId).WaitAsync(ReadPatience, time, cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (Failures.IsTransient(e) && !cancel.IsCancellationRequested)
        {
            log.SpoolNotRead(silo, e.Message);
            return null;
        }
    }

    private List<SiloAddress> Announced()
    {
        var found = new List<SiloAddress>();
        foreach (var (silo, at) in _heard)
        {
            if (time.GetElapsedTime(at) <= Lease) found.Add(silo);
            else _heard.TryRemove(new(silo, at));
        }
        return found;
    }
}
