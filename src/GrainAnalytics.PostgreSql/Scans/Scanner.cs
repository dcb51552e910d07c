using GrainAnalytics.Core.Queries;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.PostgreSql.Rollups;
using Npgsql;

namespace GrainAnalytics.PostgreSql.Scans;

/// <summary>Reads raw events for questions that no rollup answers: few at a time, and none for longer than its budget.</summary>
public sealed class Scanner(AnalyticsDatabase database, RollupKeeper folds, ScanOptions options, TimeProvider time, StoreHealth? health = null) : IDisposable
{
    private readonly SemaphoreSlim _places = new(options.MaxScans);

    /// <summary>Rows of a scan.</summary>
    /// <param name="range">Which events.</param>
    /// <param name="scan">The query and what stands for its marks.</param>
    /// <param name="read">Reads a row.</param>
    /// <param name="cancel">Ends the scan, in the database too.</param>
    /// <exception cref="ScanRefusedException">Others are at it for too long, or it takes too long itself.</exception>
    internal Task<List<T>> ReadAsync<T>(StatsRange range, Scan scan, Func<NpgsqlDataReader, T> read, CancellationToken cancel)
    {
        return health is null ? AskAsync() : health.ReadAsync(AskAsync);

        async Task<List<T>> AskAsync()
        {
            using var budget = new CancellationTokenSource(options.ScanBudget, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(budget.Token, cancel);
            var isWaiting = true;
            try
            {
                await _places.WaitAsync(either.Token).ConfigureAwait(false);
                isWaiting = false;
                try
                {
                    // Folds say who is who.
                    await StoreErrors.GuardAsync(() => folds.FoldAsync(range.Site.Id).WaitAsync(either.Token), either.Token).ConfigureAwait(false);
                    return await StoreErrors.GuardAsync(() => RunAsync(scan, read, either.Token), either.Token).ConfigureAwait(false);
                }
                finally
                {
                    _places.Release();
                }
            }
            catch (OperationCanceledException) when (budget.IsCancellationRequested && !cancel.IsCancellationRequested)
            {
                throw new ScanRefusedException(isWaiting, options.ScanBudget);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _places.Dispose();

    private async Task<List<T>> RunAsync<T>(Scan scan, Func<NpgsqlDataReader, T> read, CancellationToken cancel)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancel).ConfigureAwait(false);
        using var command = scan.Command;
        (command.Connection, command.CommandText) = (connection, scan.Text());
        await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancel).ConfigureAwait(false)) rows.Add(read(reader));
        return rows;
    }
}
