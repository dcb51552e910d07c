using System.Net;
using System.Net.Sockets;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.Grains.Engine;
using GrainAnalytics.PostgreSql.Cluster;

namespace GrainAnalytics.Silo;

/// <summary>Before a silo joins: marks as dead what the table still has as active although it is gone.</summary>
/// <remarks>Living silos vote dead ones out. When all were killed at once nobody is left to vote, and a silo that wants to join
/// must reach everybody who is active by the table: it would try in vain for minutes, and then give up. A silo counts as gone
/// when nobody listens at its port and it has written no sign of life for a while; either alone may be a moment's trouble.</remarks>
internal sealed class SiloUndertaker(MembershipTable table, ClusterSettings settings, ILocalSiloDetails mine, TimeProvider time, ILogger<SiloUndertaker> log)
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(1), Look = TimeSpan.FromSeconds(1);

    /// <summary>Returns when nobody is active by the table who is gone; waits for that no longer than it takes to be sure.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        while (true)
        {
            try
            {
                if (await LookAsync(cancel)) return;
            }
            catch (EventStoreException e)
            {
                log.MembersNotRead(e.Message);
            }
            await Task.Delay(Look, time, cancel);
        }
    }

    // True when there is nobody left to wait for.
    private async Task<bool> LookAsync(CancellationToken cancel)
    {
        var isDone = true;
        foreach (var silo in await table.ActiveAsync(settings.ClusterId, cancel))
        {
            // This silo's own row of an earlier start is replaced by joining.
            if (IsMine(silo) || await ListensAsync(silo, cancel)) continue;
            if (silo.SilentFor < GrainServices.SilentWhenGone) isDone = false;
            else if (await table.BuryAsync(settings.ClusterId, silo, GrainServices.SilentWhenGone, cancel))
                log.SiloBuried(silo.Address, silo.Port, silo.SilentFor);
        }
        return isDone;
    }

    private bool IsMine(ActiveSilo silo) => mine.SiloAddress.Endpoint.Equals(new IPEndPoint(IPAddress.Parse(silo.Address), silo.Port));

    private static async Task<bool> ListensAsync(ActiveSilo silo, CancellationToken cancel)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        timeout.CancelAfter(ConnectTimeout);
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Parse(silo.Address), silo.Port, timeout.Token);
            return true;
        }
        catch (Exception e) when (e is SocketException || e is OperationCanceledException && !cancel.IsCancellationRequested)
        {
            return false;       // what was asked
        }
    }
}
