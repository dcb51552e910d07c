using GrainAnalytics.Core.DeadLetters;
using GrainAnalytics.Core.Engine;
using GrainAnalytics.Core.Visitors;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.PostgreSql.Blocks;
using GrainAnalytics.PostgreSql.Rollups;
using GrainAnalytics.PostgreSql.Schema;
using GrainAnalytics.PostgreSql.Sites;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace GrainAnalytics.PostgreSql;

/// <summary>Migrates the schema, makes partitions and the first site, then brings rollups up to date all the time, and looks after partitions,
/// dead letters and the keys of the days every hour.</summary>
public sealed class StoreKeeper(NpgsqlDataSource database, Migrator migrator, PartitionKeeper partitions, Bootstrapper bootstrapper,
    LetterKeeper letters, IVisitorSalts salts, RollupKeeper rollups, BlockKeeper blocks, TimeProvider time, ILogger<StoreKeeper> log) : IStoreKeeper
{
    private volatile bool _isReady;

    /// <inheritdoc/>
    public bool IsReady => _isReady;

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken cancel)
    {
        for (var pause = TimeSpan.FromMilliseconds(200); !_isReady; pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, 5 * TimeSpan.TicksPerSecond)))
        {
            try
            {
                await migrator.MigrateAsync(cancel).ConfigureAwait(false);
                await partitions.EnsureAsync(cancel).ConfigureAwait(false);
                await bootstrapper.EnsureAsync(cancel).ConfigureAwait(false);
                _isReady = true;
            }
            catch (Exception e) when (StoreErrors.IsStoreError(e, cancel))
            {
                log.DatabaseNotReady(e.Message);
                await Task.Delay(pause, time, cancel).ConfigureAwait(false);
            }
        }
        await Task.WhenAll(KeepAsync(cancel), rollups.RunAsync(FoldFailed, cancel), blocks.RunAsync(cancel)).ConfigureAwait(false);
    }

    private void FoldFailed(Exception e, int? site)
    {
        if (site is { } id) log.SiteFoldFailed(e, id);
        else if (e is EventStoreException || StoreErrors.IsStoreError(e, CancellationToken.None)) log.FoldFailed(e.Message);
        else log.KeepingBroke(e);
    }

    // Errors that nobody expects end none of it: without partitions writes would fail in a few months.
    private async Task KeepAsync(CancellationToken cancel)
    {
        // At once too: it may be the only server, and was stopped when a day ended.
        await TurnSaltsAsync(cancel).ConfigureAwait(false);
        using var hourly = new PeriodicTimer(TimeSpan.FromHours(1), time);
        while (await hourly.WaitForNextTickAsync(cancel).ConfigureAwait(false))
        {
            try
            {
                await partitions.EnsureAsync(cancel).ConfigureAwait(false);
            }
            catch (Exception e) when (StoreErrors.IsStoreError(e, cancel))
            {
                log.PartitionsFailed(e);
            }
            catch (Exception e) when (!cancel.IsCancellationRequested)
            {
                log.KeepingBroke(e);
            }
            try
            {
                await letters.CleanAsync(cancel).ConfigureAwait(false);
            }
            catch (EventStoreException e)
            {
                log.LettersNotCleaned(e);
            }
            catch (Exception e) when (!cancel.IsCancellationRequested)
            {
                log.KeepingBroke(e);
            }
            await TurnSaltsAsync(cancel).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async Task<bool> PingAsync(CancellationToken cancel)
    {
        try
        {
            await using var command = database.CreateCommand("select 1");
            await command.ExecuteScalarAsync(cancel).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (StoreErrors.IsStoreError(e, CancellationToken.None) || e is OperationCanceledException)
        {
            return false;
        }
    }

    private async Task TurnSaltsAsync(CancellationToken cancel)
    {
        try
        {
            await salts.TurnAsync(cancel).ConfigureAwait(false);
        }
        catch (EventStoreException e)
        {
            log.SaltsNotTurned(e);
        }
        catch (Exception e) when (!cancel.IsCancellationRequested)
        {
            log.KeepingBroke(e);
        }
    }
}
