using GrainAnalytics.Core.Sites;
using GrainAnalytics.PostgreSql.Tests.Statistics;
using GrainAnalytics.Testing;
using Xunit;
using Xunit.Abstractions;

namespace GrainAnalytics.PostgreSql.Tests.Jobs;

/// <summary>Damages rollups and has them recounted, with the oracle of the statistics as the judge.</summary>
public sealed class RecountTests(PostgresFixture postgres, ITestOutputHelper output) : IClassFixture<PostgresFixture>
{
    private const int Rounds = 6;

    // Each makes some of a table wrong, on days that have events; {0} is the site, {1} which rows.
    private static readonly (string Table, string Sql)[] Damages =
    [
        ("event_hourly", "update event_hourly set events = events + 3 where site_id = {0} and {1}"),
        ("event_hourly", "delete from event_hourly where site_id = {0} and {1}"),
        ("event_hourly", "insert into event_hourly (site_id, hour, type, shard, events, version) select site_id, min(hour), 'ghost', 0, 5, 1 from event_hourly where site_id = {0} and {1} group by 1 on conflict do nothing"),
        ("user_days", "delete from user_days where site_id = {0} and {1}"),
        ("user_days", "insert into user_days (site_id, day, user_id) select site_id, day, 'ghost' from user_days where site_id = {0} and {1} on conflict do nothing"),
        ("daily_active_users", "update daily_active_users set users = users - 1 where site_id = {0} and {1}"),
        ("sessions", "update sessions set event_count = event_count + 1, started_at = started_at - interval '40 minutes' where site_id = {0} and {1}"),
        ("sessions", "update sessions set last_seen_at = last_seen_at + interval '1 second', other_users = array['ghost', user_id] where site_id = {0} and {1}"),
        ("sessions", "delete from sessions where site_id = {0} and {1}"),
        ("sessions", "insert into sessions select started_at, last_seen_at, 4, site_id, 'ghost ' || session_id, user_id from sessions where site_id = {0} and {1} on conflict do nothing"),
        ("users", "update users set events = events + 1, first_seen_at = first_seen_at - interval '1 hour' where site_id = {0} and {1}"),
        ("users", "update users set hours = hours || '\\x02' where site_id = {0} and {1}"),
        ("users", "delete from users where site_id = {0} and {1}"),
        ("users", "insert into users select first_seen_at, last_seen_at, events, sessions, site_id, 'ghost ' || user_id, hours from users where site_id = {0} and {1} on conflict do nothing"),
        ("visits", "update visits set events = events + 1, entry_path = '/ghost' where site_id = {0} and {1}"),
        ("visits", "delete from visits where site_id = {0} and {1}"),
        ("visits", "insert into visits select gen_random_uuid(), started_at, ended_at, entry_at, exit_at, events, views, site_id, entry_path, exit_path from visits where site_id = {0} and {1}"),
        ("hour_activity", "update hour_activity set users = users + 2, sessions = sessions + 1 where site_id = {0} and {1}"),
        ("hour_activity", "delete from hour_activity where site_id = {0} and {1}"),
        ("period_users", "update period_users set users = users + 7 where site_id = {0} and {1}"),
        ("period_users", "delete from period_users where site_id = {0} and {1}"),
        ("retention", "update retention set users = users + 1 where site_id = {0} and {1}"),
        ("retention", "delete from retention where site_id = {0} and {1}"),
        ("session_days", "update session_days set sessions = sessions + 1, durations = '' where site_id = {0} and {1}"),
        ("session_days", "delete from session_days where site_id = {0} and {1}"),
        ("value_months", "delete from value_months where site_id = {0} and {1}"),
        ("value_months", "insert into value_months select site_id, month, dimension, 'ghost ' || value, counts from value_months where site_id = {0} and {1} on conflict do nothing"),
        ("value_users", "delete from value_users where site_id = {0} and {1}"),
        ("value_users", "insert into value_users select site_id, day, dimension, 'ghost ' || value, sketch from value_users where site_id = {0} and {1} on conflict do nothing"),
    ];

    [Fact]
    public async Task Damaged_rollups_are_repaired_and_sound_ones_left_alone()
    {
        await using var jobs = new Maintenance(postgres);
        await using var engine = postgres.StartSingleNode();
        var found = new HashSet<string>();
        var dealt = 0;
        await SideBySide.RunAsync(Rounds, output.WriteLine, async (_, random) =>
        {
            var zone = Histories.Zones[random.Next(Histories.Zones.Length)];
            var site = await postgres.AddSiteAsync(zone);
            var history = Histories.Make(random, 50);
            await OracleTests.SendAsync(engine, site, history, random, () => jobs.Keeper.FoldAsync(site.Id));
            var days = history.Select(h => site.Clock.DayOf(h.At)).Distinct().Order().ToArray();
            // The last writes are not folded yet: the recount has to.
            foreach (var day in days.Where(_ => random.Next(2) == 0)) Assert.Equal([], await jobs.RecountAsync(site, day));
            for (var n = 4; n > 0; n--)
            {
                var (table, sql) = Damages[Interlocked.Increment(ref dealt) % Damages.Length];      // in turn, so that many tables have some
                var text = string.Format(sql, site.Id, random.Next(2) == 0 ? "true" : $"abs(hashtext({table}::text)) % 3 = {random.Next(3)}");
                output.WriteLine(text);
                await postgres.ExecuteAsync(text);
            }
            foreach (var day in days)
            {
                var tables = await jobs.RecountAsync(site, day);
                lock (found) found.UnionWith(tables.Keys);
            }
            await Recount.AssertExactAsync(postgres.Database, site);
            await OracleTests.AskAsync(jobs.Queries, site, history, zone, random, compare: true);
            // What the oracle has found right a recount finds right too.
            foreach (var day in days.Where(_ => random.Next(3) == 0)) Assert.Equal([], await jobs.RecountAsync(site, day));
        });
        Assert.True(found.Count > 5, string.Join(' ', found));
    }

    [Theory]
    [MemberData(nameof(AllDamages))]
    public async Task Every_kind_of_damage_is_found_in_its_table(int damage)
    {
        var (table, sql) = Damages[damage];
        await using var jobs = new Maintenance(postgres);
        await using var engine = postgres.StartSingleNode();
        var site = await postgres.AddSiteAsync("Asia/Kolkata");
        var history = Busy(site, 40);
        await OracleTests.SendAsync(engine, site, history, new Random(1), () => Task.CompletedTask);
        await jobs.Keeper.FoldAsync(site.Id);
        await postgres.ExecuteAsync(string.Format(sql, site.Id, "true"));
        var days = history.Select(h => site.Clock.DayOf(h.At)).Distinct().ToArray();
        var found = new Dictionary<string, long>();
        foreach (var day in days)
            foreach (var (name, differences) in await jobs.RecountAsync(site, day)) found[name] = found.GetValueOrDefault(name) + differences;
        Assert.Contains(table, found.Keys);
        await Recount.AssertExactAsync(postgres.Database, site);
        await OracleTests.AskAsync(jobs.Queries, site, history, "Asia/Kolkata", new Random(2), compare: true);
    }

    public static TheoryData<int> AllDamages => [.. Enumerable.Range(0, Damages.Length)];

    [Fact]
    public async Task Recounts_are_exact_while_events_of_the_day_come_in_and_are_folded()
    {
        var random = new Random(Seed.Choose(output.WriteLine));
        await using var jobs = new Maintenance(postgres);
        await using var engine = postgres.StartSingleNode();
        var site = await postgres.AddSiteAsync("America/New_York");
        var day = new DateOnly(2026, 3, 15);
        var start = site.Clock.DayStart(day);
        using var stop = new CancellationTokenSource();
        var (sent, most) = (0L, 500L);
        var writers = Enumerable.Range(0, 3).Select(w => Task.Run(async () =>
        {
            var dice = new Random(w);
            while (!stop.IsCancellationRequested)
            {
                var events = Enumerable.Range(0, dice.Next(1, 20)).Select(_ => TestEvents.Make($"u{dice.Next(60)}", dice.Next(3) == 0 ? "purchase" : "page_view",
                    at: start + dice.NextInt64(86_400_000_000), session: $"s{dice.Next(200)}", facts: TestEvents.Facts(path: $"/{dice.Next(5)}"))).ToArray();
                await engine.AppendAsync(site, events, default);
                Interlocked.Add(ref sent, events.Length);
                // Each recount reads all of it again: on a slow machine, where more would come in meanwhile, the test would only be long.
                do await Task.Delay(dice.Next(30));
                while (Volatile.Read(ref sent) > Volatile.Read(ref most) && !stop.IsCancellationRequested);
            }
        })).ToArray();
        var folding = jobs.Keeper.RunAsync((e, _) => output.WriteLine(e.Message), stop.Token);
        var repaired = 0L;
        for (var i = 0; i < 20; i++)
        {
            Interlocked.Add(ref most, 250);
            var (_, sql) = Damages[random.Next(Damages.Length)];
            try
            {
                await postgres.ExecuteAsync(string.Format(sql, site.Id, "true"));
            }
            catch (Npgsql.PostgresException e) when (e.SqlState is "40P01" or "23505")
            {
                continue;       // the damage met a writer's row
            }
            repaired += (await jobs.RecountAsync(site, day)).Values.Sum();
        }
        await stop.CancelAsync();
        await Task.WhenAll(writers);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => folding);
        output.WriteLine($"{sent} events, {repaired} differences repaired");
        Assert.True(repaired > 0 && sent > 100);
        // The last damage came before the last recount: nothing is left to find.
        Assert.Equal([], await jobs.RecountAsync(site, day));
        await Recount.AssertExactAsync(postgres.Database, site);
    }

    private static List<Happening> Busy(Site site, int events)
    {
        var random = new Random(events);
        var start = site.Clock.DayStart(new DateOnly(2026, 2, 27));
        return [.. Enumerable.Range(0, events).Select(i => new Happening($"busy-{site.Id}-{i}", $"u{random.Next(6)}", Histories.Types[random.Next(Histories.Types.Length)],
            start + random.NextInt64(4 * 86_400_000_000), $"s{random.Next(9)}", $"/{random.Next(3)}") { Country = "DE", Browser = "Firefox" })];
    }
}
