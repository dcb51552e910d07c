using GrainAnalytics.PostgreSql.Schema;
using Npgsql;

namespace GrainAnalytics.PostgreSql.Cluster;

/// <summary>A silo that the cluster's table has as active.</summary>
/// <param name="Address">IP address.</param>
/// <param name="Port">TCP port for other silos.</param>
/// <param name="Generation">Which start of it.</param>
/// <param name="SilentFor">Time since its last sign of life.</param>
public sealed record ActiveSilo(string Address, int Port, int Generation, TimeSpan SilentFor);

/// <summary>The cluster's members, beside what the framework does with them.</summary>
public sealed class MembershipTable(NpgsqlDataSource database)
{
    /// <summary>The silos that are active according to the table.</summary>
    /// <exception cref="Core.Writing.EventStoreException">The database did not answer.</exception>
    public Task<List<ActiveSilo>> ActiveAsync(string clusterId, CancellationToken cancel) => StoreErrors.GuardAsync(async () =>
    {
        await using var command = new PreparedCommand(database, "ActiveSilos");
        command.Parameters.Add(new() { Value = clusterId });
        await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        var silos = new List<ActiveSilo>();
        while (await reader.ReadAsync(cancel).ConfigureAwait(false))
            silos.Add(new ActiveSilo(reader.GetString(0), reader.GetInt32(1), reader.GetInt32(2), reader.GetTimeSpan(3)));
        return silos;
    }, cancel);

    /// <summary>Marks a silo as dead.</summary>
    /// <param name="clusterId">The cluster.</param>
    /// <param name="silo">The silo.</param>
    /// <param name="silentFor">Only if it has given no sign of life for so long.</param>
    /// <param name="cancel">Ends the attempt.</param>
    /// <returns>False when it did give one, or somebody else was faster.</returns>
    /// <exception cref="Core.Writing.EventStoreException">The database did not answer.</exception>
    public Task<bool> BuryAsync(string clusterId, ActiveSilo silo, TimeSpan silentFor, CancellationToken cancel) => StoreErrors.GuardAsync(async () =>
    {
        await using var command = new PreparedCommand(database, "BurySilo");
        foreach (object value in (object[])[clusterId, silo.Address, silo.Port, silo.Generation, silentFor]) command.Parameters.Add(new() { Value = value });
        return (long)(await command.ExecuteScalarAsync(cancel).ConfigureAwait(false))! == 1;
    }, cancel);
}
