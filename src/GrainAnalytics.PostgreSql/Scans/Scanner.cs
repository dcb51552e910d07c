using GrainAnalytics.Core.Queries;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.PostgreSql.Blocks;
using GrainAnalytics.PostgreSql.Rollups;
using Npgsql;

namespace GrainAnalytics.PostgreSql.Scans;

/// <summary>Reads raw events, or the blocks of their days, for questions that no rollup answers: few at a time, and none for longer than its budget.</summary>
/// <param name="database">The data source for statistics.</param>
/// <param name="folds">Brings rollups up to date.</param>
/// <param name="options">What a question may cost.</param>
/// <param name="time">The clock.</param>
/// <param name="health">Says when there is no point in asking; null: it is always asked.</param>
/// <param name="keeper">Is told which blocks are missing; null: nobody.</param>
public sealed class Scanner(AnalyticsDatabase database, RollupKeeper folds, ScanOptions options, TimeProvider time, StoreHealth? health = null, BlockKeeper? keeper = null) : IDisposable
{
    private readonly BlockScan _blocks = new(keeper, time);
    private readonly SemaphoreSlim _places = new(options.MaxScans);

    /// <summary>Answers a question: from blocks if they can, else from events.</summary>
    /// <param name="range">Which events.</param>
    /// <param name="question">The question for blocks; null: they cannot answer it.</param>
    /// <param name="fromBlocks">The answer when blocks had it.</param>
    /// <param name="fromEvents">Else asks with SQL.</param>
    /// <param name="cancel">Ends the scan, in the database too.</param>
    /// <exception cref="ScanRefusedException">Others are at it for too long, or it takes too long itself.</exception>
    internal Task<T> AnswerAsync<T>(StatsRange range, BlockQuestion? question, Func<T> fromBlocks, Func<CancellationToken, Task<T>> fromEvents, CancellationToken cancel)
    {
        keeper?.LookAt(range.Site);
        return health is null ? AskAsync() : health.ReadAsync(AskAsync);

        async Task<T> AskAsync()
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
                    return await StoreErrors.GuardAsync(async () => question is not null && options.UseBlocks && await ReadBlocksAsync(question, either.Token).ConfigureAwait(false)
                        ? fromBlocks() : await fromEvents(either.Token).ConfigureAwait(false), either.Token).ConfigureAwait(false);
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

    private async Task<bool> ReadBlocksAsync(BlockQuestion question, CancellationToken cancel)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancel).ConfigureAwait(false);
        return await _blocks.ReadAsync(connection, question, cancel).ConfigureAwait(false);
    }

    /// <summary>Rows of a scan; while a question is answered.</summary>
    internal async Task<List<T>> RunAsync<T>(Scan scan, Func<NpgsqlDataReader, T> read, CancellationToken cancel)
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
