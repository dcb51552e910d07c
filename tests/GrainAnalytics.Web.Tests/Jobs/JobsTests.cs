using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using GrainAnalytics.Testing;
using GrainAnalytics.Web.Tests.Support;
using Npgsql;

namespace GrainAnalytics.Web.Tests.Jobs;

/// <summary>A server whose worker looks for jobs all the time.</summary>
public sealed class JobsServer : ServerFixture
{
    protected override IEnumerable<string> Settings => ["--Jobs:Poll=00:00:00.050", "--Jobs:RetryAfter=00:00:00.010", "--Jobs:MaxRetryAfter=00:00:00.010", $"--Jobs:MaxAttempts={Attempts}"];

    // Retention gives a lock two seconds, and each time it finds none is an attempt.
    private const int Attempts = 5;

    public async Task<HttpResponseMessage> AskAsync(HttpMethod method, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", AdminToken) } };
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        return await Anyone.SendAsync(request);
    }

    public async Task<JsonNode> OkAsync(HttpMethod method, string path, string? body = null, int status = 200)
    {
        using var response = await AskAsync(method, path, body);
        Assert.True(status == (int)response.StatusCode, await response.Content.ReadAsStringAsync());
        return await response.JsonAsync();
    }

    /// <summary>Waits until last night's jobs are over.</summary>
    public async Task PassNightAsync()
    {
        await using var source = NpgsqlDataSource.Create(Database.ConnectionString);
        await Night.PassAsync(source);
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(Database.ConnectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}

public sealed class JobsTests(JobsServer server) : IClassFixture<JobsServer>
{
    private const string Jobs = "/v1/admin/jobs", Retention = "/v1/admin/sites/1/retention";

    private async Task<JsonNode> RunAsync(string body)
    {
        var started = await server.OkAsync(HttpMethod.Post, Jobs, body, 201);
        Assert.Contains((string)started["state"]!, (string[])["waiting", "running", "done"]);     // the worker may have it already
        JsonNode? job = null;
        await Wait.UntilAsync(async () => (string)(job = await server.OkAsync(HttpMethod.Get, $"{Jobs}/{started["id"]}"))["state"]! is "done" or "dead", $"the end of {body}");
        return job!;
    }

    [Fact]
    public async Task A_recount_that_is_asked_for_repairs_what_statistics_show()
    {
        await server.Writer.SendAsync("""[{"type":"bought","userId":"a","occurredAt":"2026-02-03T10:00:00Z"},{"type":"bought","userId":"b","occurredAt":"2026-02-03T11:00:00Z"}]""");
        const string Question = "/v1/stats/timeseries?from=2026-02-03&to=2026-02-03&type=bought";
        Assert.Equal(2, (int)(await server.Reader.GetJsonAsync(Question))["data"]![0]!["count"]!);
        await server.ExecuteAsync("update event_hourly set events = 40 where type = 'bought'");
        Assert.Equal(80, (int)(await server.Reader.GetJsonAsync(Question))["data"]![0]!["count"]!);
        var job = await RunAsync("""{"kind":"recount","siteId":1,"date":"2026-02-03"}""");
        Assert.Equal(("done", 2), ((string)job["state"]!, (int)job["result"]!["differences"]!));
        Assert.Equal("""{"what":"2026-02-03T10:00Z bought","found":40,"expected":1}""", job["result"]!["tables"]![0]!["examples"]![0]!.ToJsonString());
        Assert.Equal(2, (int)(await server.Reader.GetJsonAsync(Question))["data"]![0]!["count"]!);
        Assert.Equal(0, (int)(await RunAsync("""{"kind":"recount","site_id":1,"date":"2026-02-03"}"""))["result"]!["differences"]!);
    }

    [Fact]
    public async Task A_rebuild_counts_everything_again()
    {
        await server.Writer.SendAsync("""{"type":"rebuilt","userId":"r","sessionId":"r","occurredAt":"2026-02-05T10:00:00Z"}""");
        await server.Reader.GetJsonAsync("/v1/stats/mau");
        await server.ExecuteAsync("delete from users");
        var job = await RunAsync("""{"kind":"rebuild","siteId":1}""");
        Assert.True((int)job["result"]!["events"]! > 0, job.ToJsonString());
        Assert.Equal("r", (string)(await server.Reader.GetJsonAsync("/v1/users/r"))["userId"]!);
    }

    [Fact]
    public async Task A_dead_job_is_retried_and_any_that_is_not_over_cancelled()
    {
        await server.ExecuteAsync("insert into jobs (kind, arguments, run_at) values ('recount', '{}', now())");
        JsonNode? dead = null;
        await Wait.UntilAsync(async () => (dead = (await server.OkAsync(HttpMethod.Get, $"{Jobs}?state=dead&kind=recount"))["jobs"]!.AsArray().FirstOrDefault()) is not null, "a dead job");
        Assert.Equal(("A recount needs a date.", 1), ((string)dead!["error"]!, (int)dead["attempts"]!));
        await (await server.AskAsync(HttpMethod.Post, $"{Jobs}/{dead["id"]}/cancel")).ProblemAsync(409, "not-cancellable");
        Assert.Contains((string)(await server.OkAsync(HttpMethod.Post, $"{Jobs}/{dead["id"]}/retry"))["state"]!, (string[])["waiting", "running", "dead"]);
        await Wait.UntilAsync(async () =>
        {
            var job = await server.OkAsync(HttpMethod.Get, $"{Jobs}/{dead["id"]}");
            return (string)job["state"]! == "dead" && (string)job["finishedAt"]! != (string)dead["finishedAt"]!;
        }, "its second death");

        await server.ExecuteAsync("insert into jobs (kind, arguments, run_at) values ('rebuild', '{}', now() + interval '1 hour')");
        var waiting = (await server.OkAsync(HttpMethod.Get, $"{Jobs}?state=waiting&kind=rebuild"))["jobs"]![0]!;
        await (await server.AskAsync(HttpMethod.Post, $"{Jobs}/{waiting["id"]}/retry")).ProblemAsync(409, "not-retriable");
        Assert.Equal("cancelled", (string)(await server.OkAsync(HttpMethod.Post, $"{Jobs}/{waiting["id"]}/cancel"))["state"]!);
        await server.ExecuteAsync($"delete from jobs where id in ({dead["id"]}, {waiting["id"]})");
    }

    [Fact]
    public async Task Pages_show_every_job_once()
    {
        await server.ExecuteAsync("insert into jobs (kind, arguments, run_at, state, finished_at) select 'retention', '{}', now(), 'cancelled', now() from generate_series(1, 25)");
        var ids = new List<long>();
        for (var path = $"{Jobs}?limit=7&state=cancelled&kind=retention"; ;)
        {
            var page = await server.OkAsync(HttpMethod.Get, path);
            ids.AddRange(page["jobs"]!.AsArray().Select(job => (long)job!["id"]!));
            Assert.Equal(page["jobs"]!.AsArray().Count, (int)page["count"]!);
            if ((string?)page["nextCursor"] is not { } cursor) break;
            path = $"{Jobs}?limit=7&state=cancelled&kind=retention&cursor={cursor}";
        }
        Assert.Equal(25, ids.Count);
        Assert.Equal(ids.Distinct().OrderDescending(), ids);
    }

    [Fact]
    public async Task Retention_is_set_shown_and_done()
    {
        await server.Writer.SendAsync("""[{"type":"kept","userId":"k","occurredAt":"2020-02-03T10:00:00Z"},{"type":"kept","userId":"k"}]""");
        await server.PassNightAsync();
        var before = await server.OkAsync(HttpMethod.Get, Retention);
        Assert.Equal("""{"keepDays":null,"keptFrom":null}""", before.ToJsonString());
        // The rows of other tests stay: they are younger than that.
        Assert.Equal(1000, (int)(await server.OkAsync(HttpMethod.Put, Retention, """{"keepDays":1000}"""))["keepDays"]!);
        try
        {
            var job = await RunAsync("""{"kind":"retention","siteId":1}""");
            // No other site keeps anything of that year.
            Assert.Equal(("done", "events_2020"), ((string)job["state"]!, (string)job["result"]!["emptied"]![0]!));
            Assert.Equal(1, (int)(await server.Reader.GetJsonAsync("/v1/journey?userId=k&to=2020-12-31"))["count"]! + (int)(await server.Reader.GetJsonAsync("/v1/journey?userId=k&from=2021-01-01"))["count"]!);
            Assert.Equal((string)job["result"]!["keptFrom"]!, (string)(await server.OkAsync(HttpMethod.Get, Retention))["keptFrom"]!);
            Assert.Equal(1, (int)(await server.Reader.GetJsonAsync("/v1/stats/top-events?from=2020-02-01&to=2020-02-28"))["data"]![0]!["count"]!);
            var rebuild = await RunAsync("""{"kind":"rebuild","siteId":1}""");
            Assert.Equal("done", (string)rebuild["state"]!);
            Assert.Equal(1, (int)(await server.Reader.GetJsonAsync("/v1/stats/top-events?from=2020-02-01&to=2020-02-28"))["data"]![0]!["count"]!);
        }
        finally
        {
            await server.OkAsync(HttpMethod.Put, Retention, "{}");
            await server.ExecuteAsync("update sites set kept_from = null");
        }
    }

    [Theory]
    [InlineData("POST", Jobs, """{"kind":"nonsense","siteId":1}""", "kind"), InlineData("POST", Jobs, """{"kind":"rebuild"}""", "siteId"),
     InlineData("POST", Jobs, """{"kind":"recount","siteId":1}""", "date"), InlineData("POST", Jobs, """{"kind":"recount","siteId":1,"date":"2026-02-30"}""", "date"),
     InlineData("POST", Jobs, """{"kind":"recount","siteId":1,"date":"2999-01-01"}""", "date"), InlineData("POST", Jobs, """{"kind":"rebuild","siteId":1,"date":"2026-01-01"}""", "date"),
     InlineData("POST", Jobs, """{"kind":"rebuild","siteId":0}""", "siteId"), InlineData("POST", Jobs, "", "body"),
     InlineData("PUT", Retention, """{"keepDays":1}""", "keepDays"), InlineData("PUT", Retention, """{"keepDays":36501}""", "keepDays"), InlineData("PUT", Retention, """{"days":9}""", "days"),
     InlineData("GET", Jobs + "?state=over", null, "state"), InlineData("GET", Jobs + "?kind=x", null, "kind"), InlineData("GET", Jobs + "?limit=201", null, "limit"),
     InlineData("GET", Jobs + "?cursor=x", null, "cursor"), InlineData("GET", Jobs + "?site=-1", null, "site")]
    public async Task Bad_input_is_named(string method, string path, string? body, string named)
    {
        using var response = await server.AskAsync(new HttpMethod(method), path, body);
        var problem = await response.ProblemAsync(400, "invalid-parameter");
        Assert.Contains(named, problem["errors"]!.AsObject().Select(error => error.Key));
    }

    [Fact]
    public async Task What_is_not_there_is_said_so()
    {
        await (await server.AskAsync(HttpMethod.Get, $"{Jobs}/999999")).ProblemAsync(404, "no-such-job");
        await (await server.AskAsync(HttpMethod.Post, $"{Jobs}/x/retry")).ProblemAsync(404, "no-such-job");
        await (await server.AskAsync(HttpMethod.Post, Jobs, """{"kind":"rebuild","siteId":7}""")).ProblemAsync(404, "no-such-site");
        await (await server.AskAsync(HttpMethod.Put, "/v1/admin/sites/7/retention", "{}")).ProblemAsync(404, "no-such-site");
        await (await server.AskAsync(HttpMethod.Get, "/v1/admin/sites/x/retention")).ProblemAsync(404, "no-such-site");
    }
}
