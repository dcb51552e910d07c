using System.Diagnostics;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.PostgreSql;
using GrainAnalytics.PostgreSql.Rollups;
using GrainAnalytics.PostgreSql.Schema;
using GrainAnalytics.PostgreSql.Sites;
using GrainAnalytics.PostgreSql.Writing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace GrainAnalytics.Benchmarks;

/// <summary>What each rollup adds to the write transaction: the same batches with all of them, with none, and with one at a time, in turns, each into a
/// database of its own, on one connection; and what folding takes behind it. writecost CONNECTION [events=100000] [batch=500] [rounds=3]</summary>
internal static class WriteCost
{
    // Positions of the statement's parameters, from 0.
    private static readonly (string Name, int From, int To)[] Parts =
    [
        ("events by hour", 13, 16), ("active users by day", 17, 19), ("sessions", 20, 26), ("journal of what is folded", 28, 29), ("contexts", 34, 36),
    ];

    public static async Task RunAsync(string[] args)
    {
        int events = Number(1, 100_000), size = Number(2, 500), rounds = Number(3, 3);
        string[] variants = ["events alone", .. Parts.Select(part => part.Name), "everything"];
        var taken = variants.ToDictionary(name => name, _ => new List<double>());
        var folds = new List<double>();
        for (var round = 0; round <= rounds; round++)     // the first warms up
            foreach (var variant in variants)
            {
                var (write, fold) = await MeasureAsync(args[0], events, size, variant);
                if (round == 0) continue;
                taken[variant].Add(write);
                if (variant == "everything") folds.Add(fold);
            }
        var alone = Median(taken["events alone"]);
        foreach (var variant in variants)
            Console.WriteLine($"{variant,-28} {Median(taken[variant]),6:N1} us/event {(variant == "events alone" ? "" : $"+{Median(taken[variant]) - alone:N1}, x{Median(taken[variant]) / alone:N2}")}");
        Console.WriteLine($"{"folding, behind the write",-28} {Median(folds),6:N1} us/event");

        int Number(int place, int otherwise) => args.Length > place ? int.Parse(args[place]) : otherwise;
    }

    private static async Task<(double Write, double Fold)> MeasureAsync(string connection, int events, int size, string variant)
    {
        await using (var admin = NpgsqlDataSource.Create(connection))
        {
            await admin.CreateCommand("drop database if exists cost_bench with (force)").ExecuteNonQueryAsync();
            await admin.CreateCommand("create database cost_bench").ExecuteNonQueryAsync();
        }
        await using var database = Database.Open(new NpgsqlConnectionStringBuilder(connection) { Database = "cost_bench", Pooling = true }.ConnectionString);
        await new Migrator(database, NullLogger<Migrator>.Instance).MigrateAsync(default);
        await new PartitionKeeper(database, TimeProvider.System, NullLogger<PartitionKeeper>.Instance).EnsureAsync(default);
        await new Bootstrapper(database, new BootstrapOptions(), NullLogger<Bootstrapper>.Instance).EnsureAsync(default);
        var site = new Site(1, "bench", null, SiteClock.Utc);
        var (source, active, now) = (new RigEvents(7), new HashSet<string>(), TimeProvider.System.NowMicroseconds());
        var batches = new List<EventRow[]>();
        for (var n = 0; n < events; n += size)
        {
            var batch = new EventRow[size];
            for (var i = 0; i < size; i++)
            {
                var e = source.Next(now + n + i, enriched: true);
                batch[i] = new EventRow(site, e, SiteClock.Utc.DayOf(now), SiteClock.Utc.HourStart(now), true, active.Add(e.UserIdText));
            }
            Array.Sort(batch, (a, b) => a.Event.Key.CompareTo(b.Event.Key));
            batches.Add(batch);
        }
        await using var opened = await database.OpenConnectionAsync();
        var known = new KnownContexts();
        var statements = new WriteStatements(opened, 0, known);
        await statements.PrepareAsync(default);
        await database.CreateCommand("checkpoint").ExecuteNonQueryAsync();
        var watch = Stopwatch.StartNew();
        foreach (var batch in batches)
        {
            var command = statements.WriteNew(batch, withKeys: true);
            foreach (var (name, from, to) in Parts)
                if (variant != "everything" && variant != name)
                    for (var place = from; place <= to; place++) Empty(command.Parameters[place]);
            await command.ExecuteNonQueryAsync();
            known.Add(statements.Contexts!);
        }
        var write = watch.Elapsed.TotalMicroseconds / events;
        if (variant != "everything") return (write, 0);
        watch.Restart();
        await new SiteFolder(database).FoldAllAsync(1, default);
        return (write, watch.Elapsed.TotalMicroseconds / events);
    }

    private static void Empty(NpgsqlParameter parameter)
    {
        var value = parameter.GetType().GetProperty("TypedValue")!;
        value.SetValue(parameter, Array.CreateInstance(value.PropertyType.GetElementType()!, 0));
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
