using GrainAnalytics.Grains.Engine;

namespace GrainAnalytics.Silo;

/// <summary>Membership and the framework's grain storage, in the same PostgreSQL as everything else.</summary>
internal static class ClusterDatabase
{
    private const string Npgsql = "Npgsql";

    /// <summary>Adds both; the tables are made by migration 0003.</summary>
    public static void AddDatabase(this ISiloBuilder silo, ClusterSettings settings, string connectionString)
    {
        silo.UseAdoNetClustering(clustering => (clustering.Invariant, clustering.ConnectionString) = (Npgsql, connectionString));
        silo.AddAdoNetGrainStorage("PubSubStore", storage => (storage.Invariant, storage.ConnectionString) = (Npgsql, connectionString));
    }
}
