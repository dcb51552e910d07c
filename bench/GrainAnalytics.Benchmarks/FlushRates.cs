using System.Diagnostics;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.PostgreSql;
using GrainAnalytics.PostgreSql.Schema;
using GrainAnalytics.PostgreSql.Sites;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace GrainAnalytics.Benchmarks;

/// <summary>What the write statement alone takes: batches of the rig's events from memory, on one or two connections, into a
/// fresh database. flush CONNECTION [rows=300000] [size,size… = 64,500,1000] [writers,… = 1,2]</summary>
internal static class FlushRates
{
    public static async Task RunAsync(string[] args)
    {
        var rows = args.Length > 1 ? int.Parse(args[1]) : 300_000;
        var sizes = args.Length > 2 ? args[2].Split(',').Select(int.Parse).ToArray() : [64, 500, 1000];
        var writers = args.Length > 3 ? args[3].Split(',').Select(int.Parse).ToArray() : [1, 2];
        foreach (var count in writers)
            foreach (var size in sizes) await MeasureAsync(args[0], size >= 500 ? rows : rows / 4, size, count);
    }

    private static async Task MeasureAsync(string connection, int rows, int size, int writers)
    {
        await using (var admin = NpgsqlDataSource.Create(connection))
        {
            await admin.CreateCommand("drop database if exists flush_bench with (force)").ExecuteNonQueryAsync();
            await admin.CreateCommand("create database flush_bench").ExecuteNonQueryAsync();
        }
        await using var database = Database.Open(new NpgsqlConnectionStringBuilder(connection) { Database = "flush_bench", Pooling = true }.ConnectionString);
        await new Migrator(database, NullLogger<Migrator>.Instance).MigrateAsync(default);
        await new PartitionKeeper(database, TimeProvider.System, NullLogger<PartitionKeeper>.Instance).EnsureAsync(default);
        await new Bootstrapper(database, new BootstrapOptions(), NullLogger<Bootstrapper>.Instance).EnsureAsync(default);
        var site = new Site(1, "bench", null, SiteClock.Utc);
        var store = new PostgresEventStore(database);
        var source = new RigEvents(7);
        var active = new HashSet<string>();
        var now = TimeProvider.System.NowMicroseconds();
        var day = SiteClock.Utc.DayOf(now);
        var batches = new List<EventRow[]>();
        for (var n = 0; n < rows; n += size)
        {
            var batch = new EventRow[size];
            for (var i = 0; i < size; i++)
            {
                var e = source.Next(now);
                batch[i] = new EventRow(site, e, day, SiteClock.Utc.HourStart(now), true, active.Add(e.UserIdText));
            }
            Array.Sort(batch, (a, b) => a.Event.Key.CompareTo(b.Event.Key));
            batches.Add(batch);
        }
        await database.CreateCommand("checkpoint").ExecuteNonQueryAsync();
        var next = -1;
        var watch = Stopwatch.StartNew();
        var cpu = Process.GetCurrentProcess().TotalProcessorTime;
        await Task.WhenAll(Enumerable.Range(0, writers).Select(async w =>
        {
            await using var writer = store.OpenWriter(w);
            while (Interlocked.Increment(ref next) is var mine && mine < batches.Count) await writer.WriteAsync(batches[mine], false, default);
        }));
        var seconds = watch.Elapsed.TotalSeconds;
        var own = (Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalSeconds;
        var stored = (long)(await database.CreateCommand("select count(*) from events").ExecuteScalarAsync())!;
        Console.WriteLine($"flush size {size,5} writers {writers}: {stored / seconds,9:N0} events/s, {seconds * 1e6 / stored,6:N1} us/event wall, client {own * 1e6 / stored,5:N1} us/event, {batches.Count / seconds,6:N0} commits/s");
    }
}
