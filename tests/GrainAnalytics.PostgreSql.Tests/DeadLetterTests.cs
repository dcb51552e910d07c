using System.Text;
using GrainAnalytics.Core.DeadLetters;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.PostgreSql.DeadLetters;
using GrainAnalytics.Testing;
using Xunit;
using static GrainAnalytics.Testing.TestEvents;

namespace GrainAnalytics.PostgreSql.Tests;

public sealed class DeadLetterTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private static readonly DeadLetterOptions Roomy = new();

    private readonly PostgresDeadLetters _letters = new(postgres.Database, TimeProvider.System);

    [Fact]
    public async Task Rows_are_kept_as_they_came()
    {
        var site = await postgres.AddSiteAsync();
        byte[] noText = [0, 0xff, (byte)'"'];
        RejectedRow[] rows = [Row(site, """{"type":"ü"}"""), Row(site, "5", IngestOutcome.NotAnObject) with { Bytes = noText, OriginalSize = 70_000 }];
        await _letters.AddAsync(rows, default);
        var (letters, hasMore) = await _letters.ListAsync(new(SiteId: site.Id), null, 10, long.MaxValue, default);
        Assert.False(hasMore);
        Assert.Equal(["not-an-object", "missing-type"], letters.Select(letter => letter.Reason));
        var (cut, whole) = (letters[0], letters[1]);
        Assert.Equal(noText, cut.Bytes);
        Assert.Equal((70_000, true), (cut.OriginalSize, cut.IsTruncated));
        Assert.Equal(("""{"type":"ü"}""", false, rows[0].Detail, rows[0].Key, rows[0].ReceivedAt), (Encoding.UTF8.GetString(whole.Bytes), whole.IsTruncated, whole.Detail, whole.Key!.Value, whole.ReceivedAt));
        Assert.Equal((site.Id, "test", LetterForm.Row, 0, null), (whole.SiteId, whole.SiteName, whole.Form, whole.Attempts, whole.TriedAt));
        Assert.InRange(whole.SetAsideAt, TimeProvider.System.NowMicroseconds() - Instant.Hour, TimeProvider.System.NowMicroseconds() + Instant.Hour);
        Assert.Equal(whole.Id, (await _letters.FindAsync(whole.Id, default))!.Id);
        Assert.Null(await _letters.FindAsync(long.MaxValue, default));
    }

    [Fact]
    public async Task The_same_row_is_kept_once_in_each_site()
    {
        var (one, other) = (await postgres.AddSiteAsync(), await postgres.AddSiteAsync());
        await _letters.AddAsync([Row(one, "{}"), Row(one, "{}"), Row(other, "{}"), Row(one, "{ }")], default);
        await _letters.AddAsync([Row(one, "{}", IngestOutcome.MissingUser)], default);
        Assert.Equal((2, 1), (await CountAsync(one), await CountAsync(other)));
    }

    [Fact]
    public async Task Letters_are_found_by_reason_site_and_time_page_by_page()
    {
        var site = await postgres.AddSiteAsync();
        await _letters.AddAsync([.. Enumerable.Range(0, 25).Select(i => Row(site, $"{i}", i % 5 == 0 ? IngestOutcome.NotAnObject : IngestOutcome.MissingType))], default);
        await AddEventAsync(site, "aside");
        await postgres.ExecuteAsync($"update dead_letters set created_at = '2026-01-01'::timestamptz + id * interval '1 second' where site_id = {site.Id}");
        var all = (await _letters.ListAsync(new(SiteId: site.Id), null, 100, long.MaxValue, default)).Letters;
        Assert.Equal(26, all.Count);
        Assert.Equal(all.OrderByDescending(letter => letter.Id), all);

        var pages = new List<StoredLetter>();
        for (long? before = null; ; before = pages[^1].Id)
        {
            var (page, hasMore) = await _letters.ListAsync(new(SiteId: site.Id), before, 7, long.MaxValue, default);
            pages.AddRange(page);
            if (!hasMore) break;
            Assert.Equal(7, page.Count);
        }
        Assert.Equal(all.Select(letter => letter.Id), pages.Select(letter => letter.Id));
        Assert.Equal(all.Reverse().Select(letter => letter.Id), (await _letters.NextAsync(new(SiteId: site.Id), 0, 100, long.MaxValue, default)).Letters.Select(letter => letter.Id));

        Assert.Equal(5, (await _letters.ListAsync(new("not-an-object", site.Id), null, 100, long.MaxValue, default)).Letters.Count);
        Assert.Equal(LetterForm.Event, Assert.Single((await _letters.ListAsync(new("poison-row", site.Id), null, 100, long.MaxValue, default)).Letters).Form);
        var (from, to) = (all[9].SetAsideAt, all[4].SetAsideAt);
        Assert.Equal(all.Skip(4).Take(6).Select(letter => letter.Id),
            (await _letters.ListAsync(new(SiteId: site.Id, From: from, To: to), null, 100, long.MaxValue, default)).Letters.Select(letter => letter.Id));
        // A page ends with the letter that makes it too large.
        var (few, more) = await _letters.ListAsync(new("missing-type", site.Id), null, 100, 5, default);
        Assert.Equal((3, true), (few.Count, more));

        Assert.Equal(5, await _letters.DeleteAsync(new LetterFilter("not-an-object", site.Id), default));
        Assert.Equal(6, await _letters.DeleteAsync(new LetterFilter(SiteId: site.Id, From: all[9].SetAsideAt - 1, To: to), default) + 1);
        Assert.True(await _letters.DeleteAsync(all[0].Id, default));
        Assert.False(await _letters.DeleteAsync(all[0].Id, default));
    }

    [Fact]
    public async Task Too_old_letters_go_and_beyond_count_and_size_the_oldest()
    {
        await postgres.ExecuteAsync("delete from dead_letters");
        var site = await postgres.AddSiteAsync();
        await _letters.AddAsync([.. Enumerable.Range(0, 20).Select(i => Row(site, $"{i:00}"))], default);
        await postgres.ExecuteAsync($"update dead_letters set created_at = now() - interval '31 days' where site_id = {site.Id} and event in ('03', '17')");
        var expired = await _letters.CleanAsync(Roomy, default);
        Assert.Equal(2, expired[ExpiryCause.Age]);
        expired = await _letters.CleanAsync(new() { MaxCount = 10 }, default);
        Assert.Equal((8, false), (expired[ExpiryCause.Count], expired.ContainsKey(ExpiryCause.Age)));
        Assert.Equal(["19", "18", "16", "15", "14", "13", "12", "11", "10", "09"], await TextsAsync(site));
        expired = await _letters.CleanAsync(new() { MaxBytes = 7 }, default);
        Assert.Equal(7, expired[ExpiryCause.Bytes]);
        Assert.Equal(["19", "18", "16"], await TextsAsync(site));
        Assert.Empty(await _letters.CleanAsync(Roomy, default));
    }

    [Fact]
    public async Task A_flood_at_one_site_pushes_out_no_letter_of_another_and_no_refused_event()
    {
        var (calm, flooded) = (await postgres.AddSiteAsync(), await postgres.AddSiteAsync());
        await _letters.AddAsync([Row(calm, "calm")], default);
        await AddEventAsync(flooded, "aside");
        await _letters.AddAsync([.. Enumerable.Range(0, 300).Select(i => Row(flooded, $"{i}"))], default);
        await _letters.CleanAsync(new() { MaxCount = 100 }, default);
        Assert.Equal((1, 101), (await CountAsync(calm), await CountAsync(flooded)));
        Assert.Single((await _letters.ListAsync(new("poison-row", flooded.Id), null, 10, long.MaxValue, default)).Letters);
    }

    [Fact]
    public async Task Servers_that_clean_up_at_once_do_not_meet()
    {
        var site = await postgres.AddSiteAsync();
        await _letters.AddAsync([.. Enumerable.Range(0, 2000).Select(i => Row(site, $"{i}"))], default);
        var expired = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => _letters.CleanAsync(new() { MaxCount = 500 }, default))));
        Assert.Equal(500, await CountAsync(site));
        Assert.Contains(expired, causes => causes.Count > 0);
    }

    [Fact]
    public async Task A_refusal_is_noted_and_the_letter_of_the_same_event_taken_back()
    {
        var site = await postgres.AddSiteAsync();
        await _letters.AddAsync([Row(site, "{}")], default);
        var id = Assert.Single((await _letters.ListAsync(new(SiteId: site.Id), null, 2, long.MaxValue, default)).Letters).Id;
        await _letters.NoteRefusalAsync(id, "missing-user", "a user is required", null, default);
        var value = await AddEventAsync(site, "aside");
        await _letters.NoteRefusalAsync(id, "poison-row", null, LetterDigest.Of(value), default);
        var letter = Assert.Single((await _letters.ListAsync(new(SiteId: site.Id), null, 2, long.MaxValue, default)).Letters);
        Assert.Equal((id, "poison-row", "words of the database", 2, LetterForm.Row), (letter.Id, letter.Reason, letter.Detail, letter.Attempts, letter.Form));
        Assert.NotNull(letter.TriedAt);
        // An event's own letter is no twin of itself.
        value = await AddEventAsync(site, "again");
        var own = (await _letters.ListAsync(new("poison-row", site.Id), null, 2, long.MaxValue, default)).Letters[0];
        await _letters.NoteRefusalAsync(own.Id, "poison-row", null, LetterDigest.Of(value), default);
        Assert.Equal((1, "words of the database"), ((await _letters.FindAsync(own.Id, default))!.Attempts, (await _letters.FindAsync(own.Id, default))!.Detail));
    }

    [Fact]
    public async Task What_a_server_of_the_version_before_sets_aside_can_be_read()
    {
        var site = await postgres.AddSiteAsync();
        var value = Make("old");
        for (var i = 0; i < 2; i++)
        {
            // Its statement, word for word.
            await using var command = postgres.Database.CreateCommand("insert into dead_letters (site_id, key, reason, detail, event) values ($1, $2, $3, $4, $5) on conflict do nothing");
            foreach (var parameter in (object[])[site.Id, value.Key.ToGuid(), "poison-row", "x", value.Block.ToArray()]) command.Parameters.Add(new() { Value = parameter });
            await command.ExecuteNonQueryAsync();
        }
        var (letters, _) = await _letters.ListAsync(new(SiteId: site.Id), null, 10, long.MaxValue, default);
        Assert.All(letters, letter => Assert.Equal((LetterForm.Event, value.ReceivedAt, false), (letter.Form, letter.ReceivedAt, letter.IsTruncated)));
    }

    [Fact]
    public async Task Long_words_of_the_database_are_cut_between_characters()
    {
        var site = await postgres.AddSiteAsync();
        await postgres.Store.SetAsideAsync(new DeadLetter(site.Id, "poison-row", new string('x', 999) + "😀" + new string('y', 9000), Make()), default);
        Assert.Equal(new string('x', 999), Assert.Single((await _letters.ListAsync(new(SiteId: site.Id), null, 10, long.MaxValue, default)).Letters).Detail);
    }

    private static RejectedRow Row(Site site, string text, IngestOutcome reason = IngestOutcome.MissingType)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return new RejectedRow(site.Id, reason, "type is required.", bytes, bytes.Length, Noon, UuidText.NewVersion7(Noon));
    }

    private async Task<Core.Events.EncodedEvent> AddEventAsync(Site site, string type)
    {
        var value = Make(type: type);
        await postgres.Store.SetAsideAsync(new DeadLetter(site.Id, "poison-row", "words of the database", value), default);
        return value;
    }

    private Task<long> CountAsync(Site site) => postgres.ScalarAsync<long>("select count(*) from dead_letters where site_id = $1", site.Id);

    private async Task<string[]> TextsAsync(Site site) =>
        [.. (await _letters.ListAsync(new(SiteId: site.Id), null, 100, long.MaxValue, default)).Letters.Select(letter => Encoding.UTF8.GetString(letter.Bytes))];
}
