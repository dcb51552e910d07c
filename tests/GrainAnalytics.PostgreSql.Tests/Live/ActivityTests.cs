using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Live;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Testing;
using Npgsql;
using Xunit;
using static GrainAnalytics.Testing.TestEvents;

namespace GrainAnalytics.PostgreSql.Tests.Live;

public sealed class ActivityTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Users_are_those_whose_counted_events_happened_and_arrived_since_then()
    {
        var (site, other) = (await postgres.AddSiteAsync(), await postgres.AddSiteAsync());
        await using var writer = postgres.Store.OpenWriter(0);
        var since = Noon;
        await writer.WriteAsync(Rows(site,
        [
            Make("ada", at: Noon + 5, received: Noon + 9), Make("ada", at: Noon + 3, received: Noon + 4),
            Make("ahead", at: Noon + Instant.Hour, received: Noon + 2), Make("edge", at: Noon, received: Noon),
            Make("late", at: Noon - 1, received: Noon + 5), Make("before", at: Noon + 5, received: Noon - 1), Make("uncounted", "identify", at: Noon + 5, received: Noon + 5),
        ]), false, default);
        await writer.WriteAsync(Rows(other, [Make("stranger", at: Noon + 5, received: Noon + 5)]), false, default);
        var activity = await postgres.Store.ReadActivityAsync(site, since, 20, default);
        Assert.Equal(new[] { ("ada", Noon + 5), ("ahead", Noon + 2), ("edge", Noon) }.Select(u => new SeenUser(UserHash.Of(System.Text.Encoding.UTF8.GetBytes(u.Item1)), u.Item2)).OrderBy(u => u.Hash),
            activity.Users.OrderBy(u => u.Hash));
    }

    [Fact]
    public async Task The_latest_events_are_found_however_long_ago_they_arrived()
    {
        var site = await postgres.AddSiteAsync();
        await using var writer = postgres.Store.OpenWriter(0);
        var now = TimeProvider.System.NowMicroseconds();
        long[] ages = [Instant.Second, 30 * 60 * Instant.Second, 7 * Instant.Hour, 3 * Instant.Day, 40 * Instant.Day];
        var events = ages.Select(age => Make(at: now - age, received: now - age)).ToArray();
        await writer.WriteAsync(Rows(site, events), false, default);
        foreach (var limit in new[] { 1, 2, 4, 20 })
        {
            // How far back is searched depends on how quick that is.
            IReadOnlyList<EncodedEvent> latest = [];
            await Wait.UntilAsync(async () => (latest = (await postgres.Store.ReadActivityAsync(site, now - 5 * 60 * Instant.Second, limit, default)).Latest).Count >= Math.Min(limit, ages.Length),
                $"the latest {limit}");
            Assert.Equal(Describe(events.Take(limit)), Describe(latest));
        }
    }

    [Fact]
    public async Task The_store_sorts_as_memory_does()
    {
        var site = await postgres.AddSiteAsync();
        await using var writer = postgres.Store.OpenWriter(0);
        var random = new Random(1);
        var events = Enumerable.Range(0, 200).Select(_ => Make(at: Noon + random.Next(3), received: Noon + random.Next(30))).ToArray();
        await writer.WriteAsync(Rows(site, events), false, default);
        var latest = new LatestEvents(50);
        foreach (var value in events) latest.Add(value);
        Assert.Equal(Describe(latest.Events.Select(e => e.Event)), Describe((await postgres.Store.ReadActivityAsync(site, Noon, 50, default)).Latest));
    }

    [Fact]
    public async Task Both_queries_read_the_index_of_arrivals_and_few_pages()
    {
        var site = await postgres.AddSiteAsync();
        await postgres.ExecuteAsync($"""
            insert into events (occurred_at, received_at, key, site_id, user_id, type, payload)
            select at, at, gen_random_uuid(), {site.Id} + n % 3, 'user-' || n % 5000, 'view', '[]'
            from (select timestamptz '2026-03-15 12:00Z' + n * interval '1 second' as at, n from generate_series(1, 300000) n) q
            """);
        await postgres.ExecuteAsync("vacuum analyze events");
        await using var connection = await postgres.Database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var plan = new NpgsqlCommand(Schema.Sql.Get("PlanByValues"), connection)) await plan.ExecuteNonQueryAsync();
        foreach (var query in new[] { "RecentUsers", "LatestEvents" })
        {
            await using var explain = new NpgsqlCommand($"explain (analyze) {Schema.Sql.Get(query)}", connection);
            explain.Parameters.Add(new() { Value = site.Id });
            explain.Parameters.Add(new() { Value = new DateTime(2026, 3, 18, 23, 0, 0, DateTimeKind.Utc) });
            if (query == "LatestEvents") explain.Parameters.Add(new() { Value = 20L });
            var lines = new List<string>();
            await using (var reader = await explain.ExecuteReaderAsync())
                while (await reader.ReadAsync()) lines.Add(reader.GetString(0));
            var text = string.Join('\n', lines);
            Assert.Contains("Bitmap Index Scan on events_2026_03_received_at_idx", text);
            Assert.DoesNotContain("Seq Scan", text);
            // A megabyte or two of some forty.
            Assert.All(lines.Where(line => line.Contains("Rows Removed by Index Recheck")), line => Assert.True(int.Parse(line.Split(' ')[^1]) < 30_000, text));
        }
    }
}
