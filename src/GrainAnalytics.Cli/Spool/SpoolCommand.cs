using System.CommandLine;
using GrainAnalytics.Cli.Commands;
using GrainAnalytics.Cli.Output;

namespace GrainAnalytics.Cli.Spool;

/// <summary>grain-analytics spool replay.</summary>
internal static class SpoolCommand
{
    private const string DatabaseVariable = "ConnectionStrings__Postgres";

    private const string Notes = """
        A server delivers its spool by itself, also after a crash. This is for one whose machine is gone: bring the folder to any
        machine that reaches the database. Each event is stored by its id, exactly once: events that the database has already are
        counted as duplicates, and an interrupted replay is simply made again. While it runs nobody else can use the folder.
        Delivered files are deleted, or moved to the folder "delivered" with --keep. Damaged ranges are kept in "damaged".

        Examples:
          grain-analytics spool replay /mnt/old-disk/data/spool --database "Host=db;Database=grainanalytics;Username=…;Password=…"
          ConnectionStrings__Postgres=… grain-analytics spool replay ./spool --keep --json

        Exit codes: 0 everything is stored, 1 some events were set aside or ranges of files were damaged, 2 wrong usage, 3 not
        everything was delivered: the database does not answer, or another process has the spool.
        """;

    public static Command Create()
    {
        var folder = new Argument<string>("DIR") { Description = "The spool's folder: Spool__Path of its server, by default the folder spool in its Data__Path." };
        var database = new Setting<string>("--database", "") { Description = $"Npgsql connection string of the servers' database. Default: the environment variable {DatabaseVariable}.", HelpName = "CONNECTION" };
        var keep = new Setting<bool>("--keep", false) { Description = "Keep delivered files." };
        var giveUp = Arguments.Duration("--give-up", "How long the database may be away.", "60s");
        var json = Arguments.Json();
        var replay = new NotedCommand("replay", "Delivers the events of a spool whose server is gone to the database.", Notes) { folder, database, keep, giveUp, json };
        replay.SetAction((parsed, cancel) => RunAsync(new ReplaySettings(Path.GetFullPath(parsed.GetRequiredValue(folder)),
            parsed.Secret(database, DatabaseVariable), keep.Of(parsed), giveUp.Of(parsed)), json.Of(parsed), cancel));
        return new Command("spool", "Events that servers acknowledged while the database was away.") { replay };
    }

    private static async Task<int> RunAsync(ReplaySettings settings, bool isJson, CancellationToken cancel)
    {
        var report = await Bar.RunAsync("replay", bar => new ReplayRun(settings).RunAsync((done, all) => bar.Set(all == 0 ? 1 : (double)done / all, $"{done:N0} of {all:N0} events"), cancel));
        if (isJson) Json.Print(report);
        else Print(report);
        if (report.Problem is not null) return ExitCode.Unknown;
        return report.SetAside + report.Damaged.Count == 0 ? ExitCode.Fine : ExitCode.Faulty;
    }

    private static void Print(ReplayReport report)
    {
        Console.Out.WriteLine($"stored         {report.Stored:N0} of {report.Events:N0} events in {report.ElapsedSeconds:0.0} s");
        Console.Out.WriteLine($"duplicates     {report.Duplicates:N0}");
        if (report.Erased > 0) Console.Out.WriteLine($"refused        {report.Erased:N0}: their users were erased after they arrived");
        if (report.SetAside > 0) Console.Out.WriteLine($"set aside      {report.SetAside:N0}: refused by the database, or of a site that is gone; see its dead letters");
        if (report.Left > 0) Console.Out.WriteLine($"left           {report.Left:N0} are still in the spool");
        foreach (var file in report.Damaged) Console.Out.WriteLine($"damaged        {file}");
        if (report.Problem is { } problem) Console.Error.WriteLine(problem);
    }
}
