using System.Diagnostics;
using System.Net;
using GrainAnalytics.Testing;
using GrainAnalytics.Web.Tests.Live;
using GrainAnalytics.Web.Tests.Support;
using Npgsql;

namespace GrainAnalytics.Web.Tests.Limits;

/// <summary>A server that writes one event at a time.</summary>
public sealed class NarrowServer : ServerFixture
{
    public string ConnectionString { get; private set; } = "";

    protected override IEnumerable<string> Settings => ["--Ingest:FlushSize=1", "--Ingest:MaxFlushSize=1", "--Ingest:Writers=1", "--Ingest:MaxWait=00:00:00.300"];

    protected override async Task<string> ConnectionStringAsync() => ConnectionString = await base.ConnectionStringAsync();
}

/// <summary>Alone: the metric is the process's.</summary>
[Collection(nameof(AloneCollection))]
public sealed class OverloadTests(NarrowServer server) : IClassFixture<NarrowServer>
{
    [Fact]
    public async Task When_events_would_wait_too_long_requests_are_refused_without_their_bodies_until_the_backlog_is_gone()
    {
        await server.Writer.SendAsync("""{"type":"t","userId":"first"}""");
        RawAnswer? refused = null;
        // While a probe of the database finds no answer within a second, as on a machine that stands still, nobody is refused: then all of it again.
        for (var round = 1; round <= 3 && refused is null; round++)
        {
            Task<HttpResponseMessage> writing, waiting;
            var user = $"w-{round}";
            await using (var database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(server.ConnectionString) { Pooling = false }))
            await using (var connection = await database.OpenConnectionAsync())
            await using (var hold = await connection.BeginTransactionAsync())
            {
                await using (var command = new NpgsqlCommand("lock table events in exclusive mode", connection, hold)) await command.ExecuteNonQueryAsync();
                writing = SendAsync(user, 1);
                await Wait.UntilAsync(async () => (int)(await server.Anyone.GetJsonAsync("/stats"))["bufferSize"]! == 1, "a write that hangs");
                waiting = SendAsync(user, 2);
                await Wait.UntilAsync(async () => (int)(await server.Anyone.GetJsonAsync("/stats"))["bufferSize"]! == 2, "an event that waits behind it");
                refused = await UntilRefusedAsync();
            }
            Assert.Equal(HttpStatusCode.Accepted, (await writing).StatusCode);
            Assert.Equal(HttpStatusCode.Accepted, (await waiting).StatusCode);
            await Wait.UntilAsync(async () =>
            {
                using var response = await SendAsync(user, 3);
                return response.StatusCode == HttpStatusCode.Accepted;
            }, "room again");
            Assert.Equal(3, (int)(await server.Reader.GetJsonAsync($"/v1/users/{user}/journey"))["count"]!);
        }
        Assert.NotNull(refused);
        refused.IsProblem(503, "overloaded");
        Assert.Equal("1", refused.Header("Retry-After"));
        Assert.Contains("grainanalytics_ingest_requests_refused_total{outcome=\"overloaded\"}", await server.Anyone.GetStringAsync("/metrics"));
    }

    private Task<HttpResponseMessage> SendAsync(string user, int number) => server.Writer.PostAsync($$"""{"eventId":"{{user}}-{{number}}","type":"t","userId":"{{user}}"}""");

    // Heads without bodies: none of them may be waited for. Before the time is over they are, so that each needs its own connection.
    // Null when nobody was refused for much longer than that.
    private async Task<RawAnswer?> UntilRefusedAsync()
    {
        for (var since = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(20);)
        {
            await using var connection = await RawConnection.OpenAsync(server.Anyone);
            await connection.SendAsync(RawConnection.Head("POST /v1/events", $"Authorization: Bearer {ServerFixture.WriteKey}", "Content-Length: 100"));
            var answer = connection.ReadAsync();
            if (await Task.WhenAny(answer, Task.Delay(50)) == answer) return await answer;
        }
        return null;
    }
}
