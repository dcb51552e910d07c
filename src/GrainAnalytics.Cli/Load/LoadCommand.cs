using System.CommandLine;
using System.Globalization;
using GrainAnalytics.Cli.Commands;
using GrainAnalytics.Cli.Output;

namespace GrainAnalytics.Cli.Load;

/// <summary>grain-analytics load.</summary>
internal static class LoadCommand
{
    private const string KeyVariable = "GRAINANALYTICS_WRITE_KEY";

    private const string Description = "Sends events, each until it is acknowledged, and says how that went.";

    private const string Notes = """
        Refusals (429, 503), time-outs and broken connections are answered as a good client does: the same events again, with the
        same ids, after the pause that Retry-After asks for, to another server where there are several.

        Examples:
          grain-analytics load --key $WRITE --duration 30s                            as fast as it goes, batches of 100
          grain-analytics load --key $WRITE --rate 2000 --shape single --connections 32
          grain-analytics load --key $WRITE --url http://a:5080 --url http://b:5080 --duration 10m --acked acked.tsv
          grain-analytics verify --key $API acked.tsv                                 afterwards: is all of it there, once?

        --acked writes a line for each acknowledged event, with tabs between: id, user, occurredAt, when it was acknowledged.
        A line is written before its event is counted, so kill -9 of this program loses none. An existing file is continued.

        Exit codes: 0 every event was acknowledged, 1 some were rejected or given up, 2 wrong usage, 3 nothing was acknowledged.
        """;

    public static Command Create()
    {
        var urls = Arguments.Urls();
        var key = Arguments.Key(KeyVariable, "A write key");
        var rate = Rate();
        var shape = Shape();
        var batchSize = Arguments.Number("--batch-size", "Events of a request, unless they are sent singly.", 1, 100_000, 100);
        var connections = Arguments.Number("--connections", "Clients, each with one request under way at a time.", 1, 10_000, 8);
        var duration = Arguments.Duration("--duration", "When clients begin no further request.", "10s");
        var count = Arguments.Number("--count", "Events after which clients begin no further request; 0: only --duration counts.", 0, int.MaxValue, 0);
        var users = Arguments.Number("--users", "Users that events are spread over, named user-0, user-1, …", 1, int.MaxValue, 10_000);
        var sessions = Arguments.Number("--sessions", "Sessions that events are spread over; 0: events without a session.", 0, int.MaxValue, 20_000);
        var payload = Arguments.Number("--payload", "Bytes of an event's payload.", 11, 60_000, 120);
        var days = Arguments.Number("--days", "Days before now that occurredAt is spread over; 0: all events happen now.", 0, 3650, 0);
        var timeout = Arguments.Duration("--timeout", "When a request without an answer is made again.", "10s");
        var giveUp = Arguments.Duration("--give-up", "How long the same events are tried.", "60s");
        var acked = new Setting<string?>("--acked", null) { Description = "File for acknowledged events.", HelpName = "FILE" };
        var json = Arguments.Json();
        var command = new NotedCommand("load", Description, Notes)
        {
            urls, key, rate, shape, batchSize, connections, duration, count, users, sessions, payload, days, timeout, giveUp, acked, json,
        };
        command.SetAction((parsed, cancel) => RunAsync(new LoadSettings
        {
            Servers = parsed.Servers(urls),
            Key = parsed.Secret(key, KeyVariable),
            Rate = rate.Of(parsed),
            Shape = shape.Of(parsed),
            BatchSize = batchSize.Of(parsed),
            Connections = connections.Of(parsed),
            Duration = duration.Of(parsed),
            Count = count.Of(parsed),
            Users = users.Of(parsed),
            Sessions = sessions.Of(parsed),
            PayloadBytes = payload.Of(parsed),
            Days = days.Of(parsed),
            Timeout = timeout.Of(parsed),
            GiveUp = giveUp.Of(parsed),
            AckedFile = acked.Of(parsed),
        }, json.Of(parsed), cancel));
        return command;
    }

    private static Setting<double> Rate()
    {
        var rate = new Setting<double>("--rate", 0, "-r") { Description = "Events a second, all clients together; 0: as fast as they are acknowledged. Default: 0.", HelpName = "N" };
        rate.CustomParser = result =>
        {
            if (double.TryParse(result.Tokens[0].Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)) return value;
            result.AddError($"--rate must be a number from 0, not \"{result.Tokens[0].Value}\".");
            return default;
        };
        return rate;
    }

    private static Setting<LoadShape> Shape()
    {
        var shape = new Setting<LoadShape>("--shape", LoadShape.Batch, "-s") { Description = "How events are put into requests: single, batch (a JSON array) or ndjson. Default: batch.", HelpName = "SHAPE" };
        shape.CustomParser = result =>
        {
            switch (result.Tokens[0].Value)
            {
                case "single": return LoadShape.Single;
                case "batch": return LoadShape.Batch;
                case "ndjson": return LoadShape.Ndjson;
            }
            result.AddError($"--shape must be single, batch or ndjson, not \"{result.Tokens[0].Value}\".");
            return default;
        };
        return shape;
    }

    private static async Task<int> RunAsync(LoadSettings settings, bool isJson, CancellationToken cancel)
    {
        using var run = new LoadRun(settings);
        var report = await Bar.RunAsync("load", bar => run.RunAsync(cancel, elapsed => Show(bar, settings, run, elapsed)));
        if (isJson) Json.Print(report);
        else Print(report);
        if (report.Acknowledged + report.Rejected == 0) return ExitCode.Unknown;
        return report.Rejected + report.Unanswered == 0 ? ExitCode.Fine : ExitCode.Faulty;
    }

    private static void Show(Bar bar, LoadSettings settings, LoadRun run, TimeSpan elapsed)
    {
        var done = Math.Max(elapsed / settings.Duration, settings.Count == 0 ? 0 : (double)run.Acknowledged / settings.Count);
        bar.Set(done, $"{run.Acknowledged:N0} acknowledged, {run.Acknowledged / elapsed.TotalSeconds:N0}/s, {run.Refused:N0} attempts refused");
    }

    private static void Print(LoadReport report)
    {
        Line($"acknowledged   {report.Acknowledged:N0} events in {report.ElapsedSeconds:0.0} s: {report.EventsPerSecond:N0}/s"
            + (report.Duplicates > 0 ? $"; {report.Duplicates:N0} had been stored by an attempt whose answer was lost" : ""));
        if (report.Rejected > 0) Line($"rejected       {report.Rejected:N0} events: {Join(report.Rejections)}");
        if (report.Unanswered > 0) Line($"given up       {report.Unanswered:N0} events");
        Line($"answers        {Join(report.Answers)}");
        Line($"time to 202    {Text(report.LatencyMs)}");
        if (report.RefusalMs.Max > 0) Line($"time to 4/503  {Text(report.RefusalMs)}");
        Line($"wait for 202   {Text(report.WaitMs)}, from the first attempt");
        Line($"silence        {report.LongestSilenceSeconds:0.000} s at most without any 202");
        Line($"own CPU        {report.CpuSeconds:0.0} s" + (report.Acknowledged > 0 ? $", {report.CpuSeconds / report.Acknowledged * 1e6:0.0} µs an event" : ""));
        if (report.FirstProblem is { } problem) Line($"first problem  {problem}");
    }

    private static string Text(Spread spread) => $"p50 {spread.P50:N1} ms, p99 {spread.P99:N1} ms, max {spread.Max:N1} ms";

    private static string Join(IReadOnlyDictionary<string, long> counts) =>
        string.Join(", ", counts.Select(pair => $"{pair.Key}: {pair.Value:N0}"));

    private static void Line(string text) => Console.Out.WriteLine(text);
}
