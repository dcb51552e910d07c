namespace GrainAnalytics.OrleansDashboard.Cluster;

/// <summary>What the last look at the cluster found.</summary>
/// <param name="Silos">Silos that are active.</param>
/// <param name="Reason">Why it cannot be reached; null when it can.</param>
internal sealed record ClusterState(int Silos, string? Reason)
{
    public bool IsReachable => Reason is null;
}
