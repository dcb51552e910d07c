using GrainAnalytics.Web.Documentation;

namespace GrainAnalytics.Web.Operations;

/// <summary>What the document says of the operations endpoints.</summary>
internal static class OperationsDescriptions
{
    private const string Tag = "Operations";

    public static ApiOperation Live { get; } = new("isLive", Tag, "Says that the process runs")
    {
        Answers = [new(200, "It runs.", new ApiContent("application/json", Status("ok"), """{"status":"ok"}"""))],
    };

    public static ApiOperation Ready { get; } = new("isReady", Tag, "Says whether requests may be sent here")
    {
        Answers = [new(200, "They may.", new ApiContent("application/json", Status("ready"), """{"status":"ready"}"""))],
        Problems = [(503, "not-ready", "The database is not ready yet."), (503, "shutting-down", "The server is stopping.")],
    };

    public static ApiOperation Health { get; } = new("getHealth", Tag, "The server's condition")
    {
        Key = DocumentTransformer.OperatorToken,
        Answers =
        [
            new(200, "Also while something is wrong: `status` says so.", new ApiContent("application/json", Shape.WithOptional(["status", "engine", "silos", "database", "bufferSize", "uptime", "memory", "version"],
                ("status", Shape.Word("degraded: something is wrong.", "ok", "degraded")),
                ("engine", Shape.Word("What hosts the state.", "single-node", "orleans")),
                ("silos", Shape.Whole("Processes that make up the engine.")),
                ("database", Shape.Word("Whether it answered within a second.", "ok", "unavailable")),
                ("bufferSize", Shape.Whole("Events that wait for their write.")),
                ("spool", Shape.Members(("events", Shape.Whole("Acknowledged events on disk that are not delivered yet.")), ("bytes", Shape.Whole("Of its files.")),
                    ("oldestSeconds", Shape.Number("Since the oldest arrived.")), ("isFull", Shape.Flag("True when the next event would be refused.")))),
                ("uptime", Shape.Number("Seconds since the start.")),
                ("memory", Shape.Members(("rssBytes", Shape.Whole("Of the process.")), ("heapBytes", Shape.Whole("Of that, managed objects.")))),
                ("version", Shape.Text("The program's version."))), """
                {"status":"ok","engine":"single-node","silos":1,"database":"ok","bufferSize":0,
                 "spool":{"events":0,"bytes":0,"oldestSeconds":0,"isFull":false},"uptime":86412.52,
                 "memory":{"rssBytes":162529280,"heapBytes":48211968},"version":"0.1.0"}
                """)),
        ],
    };

    public static ApiOperation Stats { get; } = new("getBufferStats", Tag, "The write buffer's state")
    {
        Key = DocumentTransformer.OperatorToken,
        Answers =
        [
            new(200, "This process's buffer.", new ApiContent("application/json", Shape.Members(
                ("bufferSize", Shape.Whole("Events that wait for their write.")),
                ("isFlushingInProgress", Shape.Flag("Whether a transaction runs.")),
                ("maxBufferSize", Shape.Whole("Events that fill a normal write.")),
                ("emergencyThreshold", Shape.Whole("Waiting events beyond which requests are refused.")),
                ("bufferUtilization", Shape.Number("bufferSize / emergencyThreshold, 0 to 1."))),
                """{"bufferSize":37,"isFlushingInProgress":true,"maxBufferSize":500,"emergencyThreshold":50000,"bufferUtilization":0.00074}""")),
        ],
    };

    public static ApiOperation Metrics { get; } = new("getMetrics", Tag, "Metrics in Prometheus' text format")
    {
        Key = DocumentTransformer.OperatorToken,
        Answers =
        [
            new(200, "Version 0.0.4.", new ApiContent("text/plain", Shape.Text("One series a line."), """
                # HELP grainanalytics_events_stored_total Events committed to the database.
                # TYPE grainanalytics_events_stored_total counter
                grainanalytics_events_stored_total 12045

                """)),
        ],
        Problems = [(503, "metrics-unavailable", "The metrics could not be collected; try again.")],
    };

    public static ApiOperation Document { get; } = new("getApiDocument", Tag, "This document")
    {
        Key = DocumentTransformer.OperatorToken,
        Answers = [new(200, "OpenAPI 3.1.", new ApiContent("application/json", Shape.Anything("An OpenAPI document."), """{"openapi":"3.1.1","info":{"title":"GrainAnalytics","version":"v1"},"paths":{}}"""))],
    };

    public static ApiOperation Pages { get; } = new("getApiPages", Tag, "This document for people")
    {
        Key = DocumentTransformer.OperatorToken,
        Answers = [new(200, "Swagger UI.", new ApiContent("text/html", Shape.Text("A page."), "<!DOCTYPE html>"))],
    };

    private static Microsoft.OpenApi.OpenApiSchema Status(string word) => Shape.Members(("status", Shape.Word("Always the same.", word)));
}
