using GrainAnalytics.Core.Queries;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.PostgreSql.Schema;
using Npgsql;

namespace GrainAnalytics.PostgreSql.Queries;

/// <summary>Answers questions from the rollups.</summary>
/// <param name="database">The data source.</param>
/// <param name="health">Says when there is no point in asking; null: it is always asked.</param>
public sealed class PostgresQueries(NpgsqlDataSource database, StoreHealth? health = null) : IQueries
{
    /// <inheritdoc/>
    public Task<IReadOnlyList<DailyActiveUsers>> DailyActiveUsersAsync(Site site, DateOnly from, DateOnly to, CancellationToken cancel) =>
        ReadAsync("DailyActiveUsers", row => new DailyActiveUsers(row.GetFieldValue<DateOnly>(0), row.GetInt64(1)), cancel,
            new() { Value = site.Id }, new() { Value = from }, new() { Value = to });

    /// <inheritdoc/>
    public Task<IReadOnlyList<TypeCount>> TopEventsAsync(Site site, DateOnly from, DateOnly to, int limit, CancellationToken cancel) =>
        ReadAsync("TopEvents", row => new TypeCount(row.GetString(0), row.GetInt64(1)), cancel,
            new() { Value = site.Id }, PostgresEventStore.Time(site.Clock.DayStart(from)),
            PostgresEventStore.Time(site.Clock.DayStart(to.AddDays(1))), new() { Value = (long)limit });

    private Task<IReadOnlyList<T>> ReadAsync<T>(string query, Func<NpgsqlDataReader, T> read, CancellationToken cancel, params NpgsqlParameter[] parameters)
    {
        return health is null ? AskAsync() : health.ReadAsync(AskAsync);

        Task<IReadOnlyList<T>> AskAsync() => StoreErrors.GuardAsync<IReadOnlyList<T>>(async () =>
        {
            await using var command = database.CreateCommand(Sql.Get(query));
            command.Parameters.AddRange(parameters);
            await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
            var rows = new List<T>();
            while (await reader.ReadAsync(cancel).ConfigureAwait(false)) rows.Add(read(reader));
            return rows;
        }, cancel);
    }
}
