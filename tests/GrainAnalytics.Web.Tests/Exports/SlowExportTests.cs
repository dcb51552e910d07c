using System.Text.Json.Nodes;
using GrainAnalytics.Testing;
using GrainAnalytics.Web.Tests.Support;
using Npgsql;

namespace GrainAnalytics.Web.Tests.Exports;

/// <summary>Alone: what memory holds is the process's, and other tests send bodies of many megabytes.</summary>
[Collection(nameof(AloneCollection))]
public sealed class SlowExportTests(ExportServer server) : IClassFixture<ExportServer>
{
    private const int Rows = 60_000, PayloadBytes = 4_000, MostBytes = 32_000_000;

    [Fact]
    public async Task Slow_clients_hold_little_memory_no_statement_and_a_place_until_they_go_away()
    {
        await server.ExecuteAsync($$"""
            insert into events (occurred_at, received_at, key, site_id, user_id, type, payload)
            select timestamptz '2026-03-01' + i % 7000 * interval '1 second', now(), md5(i::text)::uuid, 1, 'u' || i % 100, 't', format('{"text":"%s"}', repeat(md5(i::text), {{PayloadBytes / 32}}))::json
            from generate_series(1, {{Rows}}) i
            """);
        // Clients that do not read on: the server holds what fits into a connection, and nothing more of 240 MB.
        var before = GC.GetTotalMemory(forceFullCollection: true);
        using (var gone = await BeginAsync())
        using (var slow = await BeginAsync())
        {
            await using var statements = NpgsqlDataSource.Create(server.Database.ConnectionString);
            await Wait.UntilAsync(async () => await CountAsync(statements) == 0, "exports without a statement");
            Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, MostBytes);
            using (var third = await server.Reader.GetAsync("/v1/export"))
            {
                await third.ProblemAsync(503, "export-busy");
                Assert.Equal(TimeSpan.FromSeconds(30), third.Headers.RetryAfter!.Delta);
            }
            gone.Dispose();
            await Wait.UntilAsync(async () => (await server.Reader.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/v1/export"))).IsSuccessStatusCode, "a place for an export");
            // Who reads on after all gets all that comes behind.
            await ReadAllAsync(slow, before);
        }
        using var whole = await server.Reader.GetAsync("/v1/export", HttpCompletionOption.ResponseHeadersRead);
        await ReadAllAsync(whole, before);
    }

    private async Task<HttpResponseMessage> BeginAsync() => await server.Reader.GetAsync("/v1/export", HttpCompletionOption.ResponseHeadersRead);

    // Those that wait for their client, and those of which a part was read.
    private static async Task<long> CountAsync(NpgsqlDataSource source)
    {
        await using var command = source.CreateCommand("""
            select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle' and query like '%left join contexts%'
            """);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static async Task ReadAllAsync(HttpResponseMessage response, long before)
    {
        var (lines, largest, last) = (0, 0L, "");
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        while (await reader.ReadLineAsync() is { } line)
        {
            var row = JsonNode.Parse(line)!;
            var place = $"{row["occurredAt"]} {row["eventId"]}";
            Assert.True(string.CompareOrdinal(last, place) < 0, place);
            last = place;
            if (++lines % 10_000 == 0) largest = Math.Max(largest, GC.GetTotalMemory(forceFullCollection: true) - before);
        }
        Assert.Equal(Rows, lines);
        Assert.InRange(largest, long.MinValue, MostBytes);
    }
}
