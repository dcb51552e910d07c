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

public sealed class OverloadTests(NarrowServer server) : IClassFixture<NarrowServer>
{
    [Fact]
    public async Task When_events_would_wait_too_long_requests_are_refused_without_their_bodies_until_the_backlog_is_gone()
    {
        await server.Writer.SendAsync("""{"type":"t","userId":"first"}""");
        await using var database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(server.ConnectionString) { Pooling = false });
        Task<HttpResponseMessage> writing, waiting;
        RawAnswer refused;
        await using (var connection = await database.OpenConnectionAsync())
        await using (var hold = await connection.BeginTransactionAsync())
        {
            await using (var command = new NpgsqlCommand("lock table events in exclusive mode", connection, hold)) await command.ExecuteNonQueryAsync();
            writing = server.Writer.PostAsync("""{"eventId":"w-1","type":"t","userId":"w"}""");
            await Wait.UntilAsync(async () => (int)(await server.Anyone.GetJsonAsync("/stats"))["bufferSize"]! == 1, "a write that hangs");
            waiting = server.Writer.PostAsync("""{"eventId":"w-2","type":"t","userId":"w"}""");
            await Wait.UntilAsync(async () => (int)(await server.Anyone.GetJsonAsync("/stats"))["bufferSize"]! == 2, "an event that waits behind it");
            refused = await UntilRefusedAsync();
        }
        refused.IsProblem(503, "overloaded");
        Assert.Equal("1", refused.Header("Retry-After"));
        Assert.Equal(HttpStatusCode.Accepted, (await writing).StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, (await waiting).StatusCode);
        await Wait.UntilAsync(async () =>
        {
            using var response = await server.Writer.PostAsync("""{"eventId":"w-3","type":"t","userId":"w"}""");
            return response.StatusCode == HttpStatusCode.Accepted;
        }, "room again");
        Assert.Equal(3, (int)(await server.Reader.GetJsonAsync("/v1/users/w/journey"))["count"]!);
        Assert.Contains("grainanalytics_ingest_requests_refused_total{outcome=\"overloaded\"}", await server.Anyone.GetStringAsync("/metrics"));
    }

    // Heads without bodies: none of them may be waited for. Before the time is over they are, so that each needs its own connection.
    private async Task<RawAnswer> UntilRefusedAsync()
    {
        while (true)
        {
            await using var connection = await RawConnection.OpenAsync(server.Anyone);
            await connection.SendAsync(RawConnection.Head("POST /v1/events", $"Authorization: Bearer {ServerFixture.WriteKey}", "Content-Length: 100"));
            var answer = connection.ReadAsync();
            if (await Task.WhenAny(answer, Task.Delay(50)) == answer) return await answer;
        }
    }
}
