using GrainAnalytics.PostgreSql.Schema;
using GrainAnalytics.Testing;
using Npgsql;
using NpgsqlTypes;
using Xunit;

namespace GrainAnalytics.PostgreSql.Tests;

public sealed class JourneyPlanTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task A_journey_reads_its_index_and_no_whole_partition()
    {
        var site = await postgres.AddSiteAsync();
        await postgres.ExecuteAsync($"""
            insert into events (occurred_at, received_at, key, site_id, user_id, type, payload)
            select timestamptz '2026-01-01 00:00Z' + n * interval '38 seconds', now(), gen_random_uuid(), {site.Id}, 'user-' || n % 2000, 'view', '[]'
            from generate_series(1, 200000) n
            """);
        await postgres.ExecuteAsync("analyze events");
        foreach (var (to, idBelow, month) in new[] { (DateTime.MaxValue, (string?)null, "03"), (new DateTime(2026, 2, 15, 0, 0, 0, DateTimeKind.Utc), "x", "02") })
        {
            await using var explain = postgres.Database.CreateCommand("explain (analyze, buffers) " + Sql.Get("ReadJourney"));
            explain.Parameters.Add(new() { Value = site.Id });
            explain.Parameters.Add(new() { Value = "user-77" });
            explain.Parameters.Add(new() { NpgsqlDbType = NpgsqlDbType.TimestampTz, Value = DateTime.MinValue });
            explain.Parameters.Add(new() { NpgsqlDbType = NpgsqlDbType.TimestampTz, Value = to });
            explain.Parameters.Add(new() { NpgsqlDbType = NpgsqlDbType.Text, Value = DBNull.Value });
            explain.Parameters.Add(new() { NpgsqlDbType = NpgsqlDbType.Text, Value = (object?)idBelow ?? DBNull.Value });
            explain.Parameters.Add(new() { Value = 21L });
            var plan = new List<string>();
            await using var reader = await explain.ExecuteReaderAsync();
            while (await reader.ReadAsync()) plan.Add(reader.GetString(0));
            var text = string.Join('\n', plan);
            Assert.DoesNotContain("Seq Scan", text);
            Assert.DoesNotContain("Bitmap", text);
            Assert.Contains($"Index Scan using events_2026_{month}_user_id_site_id_occurred_at_idx", text);
            // Older partitions are not even opened once the page is full.
            Assert.Contains(plan, line => line.Contains("events_2025") && line.Contains("never executed"));
        }
    }
}
