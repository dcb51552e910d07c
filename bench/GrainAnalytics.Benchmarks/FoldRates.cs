using System.Diagnostics;
using GrainAnalytics.Core.Rollups;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.PostgreSql;
using GrainAnalytics.PostgreSql.Rollups;
using GrainAnalytics.PostgreSql.Schema;
using GrainAnalytics.PostgreSql.Sites;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace GrainAnalytics.Benchmarks;

/// <summary>What folding takes, part by part: the rig's events, in pieces of some size, into the rollups of a fresh database.
/// fold CONNECTION [events=300000] [piece,piece… = 5000,30000,100000]</summary>
internal static class FoldRates
{
    public static async Task RunAsync(string[] args)
    {
        var events = args.Length > 1 ? int.Parse(args[1]) : 300_000;
        foreach (var piece in args.Length > 2 ? args[2].Split(',').Select(int.Parse) : [5000, 30_000, 100_000]) await MeasureAsync(args[0], events, piece);
    }

    private static async Task MeasureAsync(string connection, int events, int piece)
    {
        await using (var admin = NpgsqlDataSource.Create(connection))
        {
            await admin.CreateCommand("drop database if exists fold_bench with (force)").ExecuteNonQueryAsync();
            await admin.CreateCommand("create database fold_bench").ExecuteNonQueryAsync();
        }
        await using var database = Database.Open(new NpgsqlConnectionStringBuilder(connection) { Database = "fold_bench" }.ConnectionString);
        await new Migrator(database, NullLogger<Migrator>.Instance).MigrateAsync(default);
        await new Bootstrapper(database, new BootstrapOptions(), NullLogger<Bootstrapper>.Instance).EnsureAsync(default);
        var site = new Site(1, "bench", null, SiteClock.Utc);
        var source = new RigEvents(7);
        var now = TimeProvider.System.NowMicroseconds();
        var parts = new double[6];
        for (var n = 0; n < events; n += piece)
        {
            var rows = Enumerable.Range(0, piece).Select(i => EventRow.Of(site, source.Next(now + n + i, enriched: true))).ToArray();
            var watch = Stopwatch.StartNew();
            var packed = rows.Chunk(500).SelectMany(chunk => Journal.Pack(chunk)).ToArray();
            Note(0);
            var read = packed.SelectMany(journal => JournalReader.Read(journal.Events)).ToList();
            Note(1);
            await using var opened = await database.OpenConnectionAsync();
            await using var transaction = await opened.BeginTransactionAsync();
            var fold = new SiteFold(SiteClock.Utc);
            var states = new StateStore(opened, site.Id);
            await states.LoadAsync(fold, read, default);
            Note(2);
            fold.Add(read);
            Note(3);
            await states.SaveAsync(fold, default);
            Note(4);
            await new ChangeStore(opened, site.Id).SaveAsync(fold.Changes, default);
            await transaction.CommitAsync();
            Note(5);

            void Note(int part)
            {
                parts[part] += watch.Elapsed.TotalMicroseconds;
                watch.Restart();
            }
        }
        string[] names = ["pack", "unpack", "load states", "fold", "save states", "save changes"];
        Console.WriteLine($"fold in pieces of {piece,7:N0}: {parts.Sum() / events:N1} us/event: "
            + string.Join(", ", names.Select((name, i) => $"{name} {parts[i] / events:N2}")));
    }
}
