using System.CommandLine;
using GrainAnalytics.Cli.Commands;
using GrainAnalytics.Cli.Output;

namespace GrainAnalytics.Cli.Verify;

/// <summary>grain-analytics verify.</summary>
internal static class VerifyCommand
{
    private const string KeyVariable = "GRAINANALYTICS_API_KEY";

    private const string Description = "Checks that servers have every acknowledged event exactly once, and that their counters agree with the events.";

    private const string Notes = """
        Reads the journey of every user in the files page by page: each acknowledged id must be there once, with its user and time.
        Then compares daily active users, events by type and day, and session counts with what the journeys show. With --database
        it also counts everything again by SQL, in one snapshot. Stop the load first: counters are read after the journeys.

        Examples:
          grain-analytics verify --key $API acked.tsv
          grain-analytics verify --key $API --url http://a:5080 --url http://b:5080 --every-server acked-*.tsv
          grain-analytics verify --key $API --wait 2m --database "$ConnectionStrings__Postgres" --json acked.tsv

        Exit codes: 0 all is well, 1 something is lost, doubled or miscounted (the first of each kind are named), 2 wrong usage or
        an unreadable file, 3 it cannot be said: a server or the database did not answer.
        """;

    public static Command Create()
    {
        var files = new Argument<string[]>("FILE") { Description = "Files of acknowledged events, as load --acked writes them.", Arity = ArgumentArity.OneOrMore };
        var urls = Arguments.Urls();
        var key = Arguments.Key(KeyVariable, "The site's API key");
        var every = new Setting<bool>("--every-server", false) { Description = "Read every journey on every server, and compare; otherwise each on one of them." };
        var others = new Setting<bool>("--others", false) { Description = "The site has users who are not in the files: its counters may be higher than what is found." };
        var connections = Arguments.Number("--connections", "Lookups at a time.", 1, 1000, 8);
        var sessions = Arguments.Number("--sessions", "Sessions whose counts are compared, spread evenly over all.", 0, int.MaxValue, 500);
        var wait = Arguments.Duration("--wait", "How long to wait until /health of the servers is ok and their spools are empty.", "0s");
        var giveUp = Arguments.Duration("--give-up", "How long a lookup is tried.", "30s");
        var database = new Setting<string?>("--database", null) { Description = "Npgsql connection string of the servers' database, for a recount by SQL.", HelpName = "CONNECTION" };
        var examples = Arguments.Number("--examples", "Faults of each kind that are named.", 1, 1_000_000, 10);
        var json = Arguments.Json();
        var command = new NotedCommand("verify", Description, Notes) { files, urls, key, every, others, connections, sessions, wait, giveUp, database, examples, json };
        command.SetAction((parsed, cancel) => RunAsync(new VerifySettings
        {
            Files = parsed.GetRequiredValue(files),
            Servers = parsed.Servers(urls),
            Key = parsed.Secret(key, KeyVariable),
            OnEveryServer = every.Of(parsed),
            HasOthers = others.Of(parsed),
            Connections = connections.Of(parsed),
            Sessions = sessions.Of(parsed),
            Wait = wait.Of(parsed),
            GiveUp = giveUp.Of(parsed),
            Database = database.Of(parsed),
            Examples = examples.Of(parsed),
        }, json.Of(parsed), cancel));
        return command;
    }

    private static async Task<int> RunAsync(VerifySettings settings, bool isJson, CancellationToken cancel)
    {
        var report = await Bar.RunAsync("verify", bar => VerifyRun.RunAsync(settings, cancel, bar));
        if (isJson) Json.Print(report);
        else Print(report);
        return report.IsFine ? ExitCode.Fine : ExitCode.Faulty;
    }

    private static void Print(VerifyReport report)
    {
        Line($"acknowledged   {report.Acknowledged:N0} events of {report.Users:N0} users");
        Line($"in journeys    {report.Stored:N0} events"
            + (report.Unacknowledged > 0 ? $", {report.Unacknowledged:N0} of them in no file (sent by others, or their 202 was never seen)" : ""));
        Line($"lost           {report.Lost:N0}");
        Line($"doubled        {report.Doubled:N0}");
        Line($"counters       {report.CountersCompared:N0} compared");
        if (report.Rows is { } rows) Line($"database       {rows:N0} rows counted again");
        foreach (var finding in report.Findings)
        {
            Line($"{finding.Kind}: {finding.Count:N0}");
            foreach (var example in finding.Examples) Line($"  {example}");
        }
        Line(report.IsFine ? "All is well." : "NOT WELL.");
    }

    private static void Line(string text) => Console.Out.WriteLine(text);
}
