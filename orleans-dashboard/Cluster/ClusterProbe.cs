using Orleans.Runtime;

namespace GrainAnalytics.OrleansDashboard.Cluster;

/// <summary>Asks the cluster who is in it. However many want to know, it is asked once a second.</summary>
internal sealed class ClusterProbe(ClusterConnection connection, IClusterClient client, TimeProvider time)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly Lock _lock = new();
    private Task<ClusterState>? _look;
    private long _askedAt;

    public Task<ClusterState> LookAsync()
    {
        lock (_lock)
        {
            if (_look is { IsCompleted: false } || (_look is not null && time.GetElapsedTime(_askedAt) < Fresh)) return _look;
            _askedAt = time.GetTimestamp();
            return _look = AskAsync();
        }
    }

    private async Task<ClusterState> AskAsync()
    {
        if (!connection.IsOpen) return new ClusterState(0, connection.Reason);
        try
        {
            var hosts = await client.GetGrain<IManagementGrain>(0).GetHosts(onlyActive: true).WaitAsync(Patience, time);
            return new ClusterState(hosts.Count, null);
        }
        catch (Exception e)
        {
            // Whatever it is, among it exceptions of the silo that was asked: this is the place that says so.
            return new ClusterState(0, Reasons.Of(e));
        }
    }
}
