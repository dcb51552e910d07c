using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.PostgreSql.Blocks;
using GrainAnalytics.PostgreSql.Rollups;
using GrainAnalytics.PostgreSql.Schema;
using Npgsql;

namespace GrainAnalytics.PostgreSql.Queries;

/// <summary>Runs the queries of statistics.</summary>
/// <param name="database">The data source for statistics.</param>
/// <param name="folds">Brings rollups up to date.</param>
/// <param name="health">Says when there is no point in asking; null: it is always asked.</param>
/// <param name="blocks">Is told which sites are asked about; null: nobody.</param>
public sealed class Asker(AnalyticsDatabase database, RollupKeeper folds, StoreHealth? health = null, BlockKeeper? blocks = null)
{
    /// <summary>Rows of a query over tables that every write keeps exact.</summary>
    internal Task<List<T>> ReadAsync<T>(string query, Func<NpgsqlDataReader, T> read, CancellationToken cancel, params NpgsqlParameter[] parameters)
    {
        return health is null ? AskAsync() : health.ReadAsync(AskAsync);

        Task<List<T>> AskAsync() => StoreErrors.GuardAsync(async () =>
        {
            await using var command = new PreparedCommand(database.Source, query);
            command.Parameters.AddRange(parameters);
            await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
            var rows = new List<T>();
            while (await reader.ReadAsync(cancel).ConfigureAwait(false)) rows.Add(read(reader));
            return rows;
        }, cancel);
    }

    /// <summary>Rows of a query over rollups, after everything that is committed by now was folded into them.</summary>
    internal async Task<List<T>> ReadFoldedAsync<T>(Site site, string query, Func<NpgsqlDataReader, T> read, CancellationToken cancel,
        params NpgsqlParameter[] parameters)
    {
        blocks?.LookAt(site);
        await (health is null ? FoldAsync() : health.ReadAsync(FoldAsync)).ConfigureAwait(false);
        return await ReadAsync(query, read, cancel, parameters).ConfigureAwait(false);

        Task<int> FoldAsync() => StoreErrors.GuardAsync(() => folds.FoldAsync(site.Id).WaitAsync(cancel), cancel);
    }

    internal static NpgsqlParameter Value<T>(T value) => new NpgsqlParameter<T> { TypedValue = value };
}
