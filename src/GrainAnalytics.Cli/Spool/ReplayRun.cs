using System.Diagnostics;
using GrainAnalytics.Cli.Commands;
using GrainAnalytics.Core.Engine;
using GrainAnalytics.Core.Erasures;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Spool;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.PostgreSql;
using GrainAnalytics.PostgreSql.Erasures;
using GrainAnalytics.PostgreSql.Schema;
using GrainAnalytics.PostgreSql.Sites;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace GrainAnalytics.Cli.Spool;

/// <summary>Delivers a spool that has no server any more: the same reader, drainer, write buffer and store as the servers'.</summary>
internal sealed class ReplayRun(ReplaySettings settings)
{
    // Counter rows of its own, so that servers do not wait for its transactions.
    private const int Shard = 32_000;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    /// <summary>Delivers.</summary>
    /// <param name="progress">Called with events decided, and in all.</param>
    /// <param name="cancel">Ends it; what is not delivered stays in the spool.</param>
    /// <exception cref="CommandException">It could not begin.</exception>
    public async Task<ReplayReport> RunAsync(Action<long, long> progress, CancellationToken cancel)
    {
        using var logs = new ErrorLog();
        using var meters = new NoMeters();
        await using var database = Open();
        await PrepareAsync(database, logs, cancel);
        var damagedBefore = Damaged();
        using var spool = OpenSpool(meters, logs);
        var health = new StoreHealth(TimeProvider.System, logs.CreateLogger<StoreHealth>());
        var store = new PostgresEventStore(database, Shard);
        // As patient as the whole replay: a write that is only late is then told of as what it did, and not, sent again, as a duplicate.
        await using var inner = new SingleNodeEngine(new EngineOptions(), new IngestOptions(), store, new IngestMetrics(meters), new WriteMetrics(meters),
            TimeProvider.System, logs, [], health, new WritePatience(settings.GiveUp));
        var engine = new CountingEngine(inner);
        var erasures = new ErasureMetrics(meters);
        var drainer = new SpoolDrainer(spool, engine, new PostgresSiteDirectory(database, TimeProvider.System), store, health,
            new PostgresErasures(database, new MaintenanceDatabase(database), TimeProvider.System), erasures, TimeProvider.System, logs.CreateLogger<SpoolDrainer>());

        var events = spool.Status.Events;
        var started = Stopwatch.GetTimestamp();
        var problem = await DrainAsync(drainer, spool, health, database, left => progress(events - left, events), cancel);
        var leftOver = spool.Status.Events;
        return new ReplayReport
        {
            Events = events,
            Stored = engine.Stored,
            Duplicates = engine.Duplicates,
            Erased = erasures.RefusedEvents,
            SetAside = events - leftOver - engine.Stored - engine.Duplicates - erasures.RefusedEvents,
            Left = leftOver,
            Damaged = [.. Damaged().Except(damagedBefore)],
            ElapsedSeconds = Math.Round(Stopwatch.GetElapsedTime(started).TotalSeconds, 3),
            Problem = problem,
        };
    }

    // Returns why it did not come to its end.
    private async Task<string?> DrainAsync(SpoolDrainer drainer, EventSpool spool, StoreHealth health, NpgsqlDataSource database, Action<long> progress, CancellationToken cancel)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var probing = health.RunAsync(stop => PingAsync(database, stop), over.Token);
        var draining = drainer.DrainAsync(over.Token);
        var (left, since) = (spool.Status.Events, Stopwatch.GetTimestamp());
        string? problem = null;
        while (await Task.WhenAny(draining, Task.Delay(Look, CancellationToken.None)) != draining)
        {
            if (spool.Status.Events is var now && now != left) (left, since) = (now, Stopwatch.GetTimestamp());
            progress(left);
            if (problem is not null || Stopwatch.GetElapsedTime(since) < settings.GiveUp) continue;
            problem = $"Nothing could be delivered for {settings.GiveUp.TotalSeconds} s: the database does not answer.";
            await over.CancelAsync();
        }
        await over.CancelAsync();
        await probing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            await draining;
            return null;
        }
        catch (OperationCanceledException)
        {
            return problem ?? "It was told to end.";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"The spool cannot be read: {e.Message}";
        }
    }

    private NpgsqlDataSource Open()
    {
        try
        {
            return Database.Open(settings.Database);
        }
        catch (ArgumentException e)
        {
            throw new CommandException(ExitCode.Usage, $"--database is no connection string: {e.Message}");
        }
    }

    // No migrations: an empty database is not the one that these events were meant for.
    private static async Task PrepareAsync(NpgsqlDataSource database, ILoggerFactory logs, CancellationToken cancel)
    {
        try
        {
            await using var command = database.CreateCommand("select to_regclass('events') is not null");
            if (await command.ExecuteScalarAsync(cancel) is not true)
                throw new CommandException(ExitCode.Unknown, "--database has no GrainAnalytics tables: is it the database of the servers?");
            await new PartitionKeeper(database, TimeProvider.System, logs.CreateLogger<PartitionKeeper>()).EnsureAsync(cancel);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or IOException or System.Net.Sockets.SocketException)
        {
            throw new CommandException(ExitCode.Unknown, $"--database cannot be asked: {e.Message}");
        }
    }

    private EventSpool OpenSpool(NoMeters meters, ILoggerFactory logs)
    {
        if (!Directory.Exists(settings.Folder)) throw new CommandException(ExitCode.Usage, $"There is no folder {settings.Folder}.");
        try
        {
            return new EventSpool(new SpoolOptions { Path = settings.Folder }, new SpoolMetrics(meters), TimeProvider.System, logs.CreateLogger<EventSpool>(), settings.Keep);
        }
        catch (SpoolException e)
        {
            throw new CommandException(ExitCode.Unknown, e.Message);
        }
    }

    private static async Task<bool> PingAsync(NpgsqlDataSource database, CancellationToken cancel)
    {
        try
        {
            await using var command = database.CreateCommand("select 1");
            await command.ExecuteScalarAsync(cancel);
            return true;
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or IOException or System.Net.Sockets.SocketException)
        {
            return false;
        }
    }

    private string[] Damaged() => Directory.Exists(Path.Combine(settings.Folder, "damaged")) ? Directory.GetFiles(Path.Combine(settings.Folder, "damaged")) : [];
}
