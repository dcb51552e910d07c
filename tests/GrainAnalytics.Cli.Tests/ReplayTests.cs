using GrainAnalytics.Cli.Tests.Support;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Spool;
using GrainAnalytics.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace GrainAnalytics.Cli.Tests;

/// <summary>grain-analytics spool replay: a spool whose server is gone.</summary>
public sealed class ReplayTests(PostgresFixture fixture) : IClassFixture<PostgresFixture>, IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("grain-analytics-cli-");

    private string Folder => Path.Combine(_root.FullName, "spool");

    public void Dispose() => _root.Delete(recursive: true);

    [Fact]
    public async Task Every_event_is_stored_once_and_a_second_replay_of_the_same_files_finds_only_duplicates()
    {
        var site = await fixture.AddSiteAsync("Europe/Berlin");
        await WriteSpoolAsync(site.Id, Events(1500, "once"));
        Copy(Folder, Folder + "-again");

        var replay = await RunAsync(Folder);
        Assert.Equal((0, ""), (replay.Code, replay.Error));
        Assert.Equal((1500, 1500, 0, 0), Counts(replay));
        Assert.Empty(Directory.GetFiles(Folder, "*.spool"));
        Assert.Equal(1500, await Recount.RowsAsync(fixture.Database, site));

        replay = await RunAsync(Folder + "-again", "--keep");
        Assert.Equal((0, ""), (replay.Code, replay.Error));
        Assert.Equal((1500, 0, 1500, 0), Counts(replay));
        Assert.True(Directory.GetFiles(Path.Combine(Folder + "-again", "delivered"), "*.spool").Length > 1);
        Assert.Empty(Directory.GetFiles(Folder + "-again", "*.spool"));
        Assert.Equal(1500, await Recount.RowsAsync(fixture.Database, site));
        await Recount.AssertExactAsync(fixture.Database, site);
        Assert.Equal((0, 0), ((await RunAsync(Folder)).Code, (int)(await RunAsync(Folder)).Json["events"]!));
    }

    [Fact]
    public async Task Events_of_users_who_were_erased_meanwhile_are_refused()
    {
        var site = await fixture.AddSiteAsync();
        var events = Events(300, "erased");
        await WriteSpoolAsync(site.Id, events);
        var user = events[0].UserIdText;
        await fixture.Erasures.EraseAsync(site, user, [user], default);
        var gone = events.Count(e => e.UserIdText == user);

        var replay = await RunAsync(Folder);
        Assert.Equal((0, ""), (replay.Code, replay.Error));
        Assert.Equal((300, 300 - gone, 0, 0), Counts(replay));
        Assert.Equal(gone, (int)replay.Json["erased"]!);
        Assert.Equal(300 - gone, await Recount.RowsAsync(fixture.Database, site));
    }

    [Fact]
    public async Task What_is_damaged_or_belongs_to_no_site_is_kept_and_named_and_the_rest_is_stored()
    {
        var site = await fixture.AddSiteAsync();
        await WriteSpoolAsync(site.Id, Events(300, "good"));
        await WriteSpoolAsync(987_654, Events(20, "nobody"));
        var file = Directory.GetFiles(Folder, "*.spool").Order(StringComparer.Ordinal).First();
        var bytes = await File.ReadAllBytesAsync(file);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(file, bytes);

        var replay = await RunAsync(Folder);
        Assert.Equal(1, replay.Code);
        Assert.Equal((319, 299, 0, 20), Counts(replay));
        var kept = (string)Assert.Single(replay.Json["damaged"]!.AsArray())!;
        var keptBytes = await File.ReadAllBytesAsync(kept);
        Assert.True(bytes.AsSpan().IndexOf(keptBytes) > 0);
        Assert.Contains($"{file} is damaged", replay.Error, StringComparison.Ordinal);
        Assert.Equal(299, await Recount.RowsAsync(fixture.Database, site));
        Assert.Equal(20, await fixture.ScalarAsync<long>("select count(*) from dead_letters where site_id = 987654"));
    }

    [Fact]
    public async Task A_spool_that_a_server_has_is_left_alone()
    {
        var site = await fixture.AddSiteAsync();
        await WriteSpoolAsync(site.Id, Events(10, "held"));
        using (OpenSpool())
        {
            var replay = await RunAsync(Folder);
            Assert.Equal((3, ""), (replay.Code, replay.Output));
            Assert.Contains("in use by another process", replay.Error, StringComparison.Ordinal);
        }
        Assert.Equal((0, 10), ((await RunAsync(Folder)) is var after ? (after.Code, (int)after.Json["stored"]!) : default));
    }

    [Fact]
    public async Task What_the_database_does_not_take_stays_in_the_spool()
    {
        var site = await fixture.AddSiteAsync();
        await WriteSpoolAsync(site.Id, Events(50, "late"));
        await using (var blocker = await fixture.Database.OpenConnectionAsync())
        await using (var transaction = await blocker.BeginTransactionAsync())
        {
            // Else its own idleness ends it after ten seconds, and the lock with it.
            const string Lock = "set local idle_in_transaction_session_timeout = 0; lock table event_keys in access exclusive mode";
            await using (var command = new NpgsqlCommand(Lock, blocker)) await command.ExecuteNonQueryAsync();
            var replay = await RunAsync(Folder, "--give-up", "1s");
            Assert.Equal((3, 50), (replay.Code, (int)replay.Json["left"]!));
            Assert.Equal("Nothing could be delivered for 1 s: the database does not answer.", (string?)replay.Json["problem"]);
        }
        Assert.Equal((0, 50), ((await RunAsync(Folder)) is var after ? (after.Code, (int)after.Json["stored"]!) : default));
    }

    [Fact]
    public async Task What_cannot_be_used_is_named()
    {
        Assert.Equal((2, $"There is no folder {Folder}."), await FailAsync(Folder, fixture.ConnectionString));
        Directory.CreateDirectory(Folder);
        var (code, error) = await FailAsync(Folder, "nonsense");
        Assert.Equal((2, true), (code, error.StartsWith("--database is no connection string", StringComparison.Ordinal)));
        (code, error) = await FailAsync(Folder, "Host=127.0.0.1;Port=1");
        Assert.Equal((3, true), (code, error.StartsWith("--database cannot be asked", StringComparison.Ordinal)));
        var other = new NpgsqlConnectionStringBuilder(fixture.ConnectionString) { Database = "postgres" }.ConnectionString;
        Assert.Equal((3, "--database has no GrainAnalytics tables: is it the database of the servers?"), await FailAsync(Folder, other));
    }

    private static async Task<(int, string)> FailAsync(string folder, string database)
    {
        var outcome = await Tool.RunAsync("spool", "replay", folder, "--database", database);
        return (outcome.Code, outcome.Error.Trim());
    }

    private Task<Outcome> RunAsync(string folder, params string[] arguments) =>
        Tool.RunAsync(["spool", "replay", folder, "--database", fixture.ConnectionString, "--json", .. Tool.Unless(arguments, "--give-up", "5m"), .. arguments]);

    private static (int, int, int, int) Counts(Outcome replay) =>
        ((int)replay.Json["events"]!, (int)replay.Json["stored"]!, (int)replay.Json["duplicates"]!, (int)replay.Json["setAside"]!);

    private static EncodedEvent[] Events(int count, string prefix) => [.. Enumerable.Range(0, count).Select(i =>
        TestEvents.Make($"{prefix}-{i % 40}", $"type {i % 3}", i % 2 == 0 ? null : $"{prefix} {i}", session: $"{prefix} session {i % 70}", at: TestEvents.Noon + i * 60_000_000L))];

    private async Task WriteSpoolAsync(int siteId, EncodedEvent[] events)
    {
        using var spool = OpenSpool();
        foreach (var request in events.Chunk(100)) Assert.Equal(IngestOutcome.Spooled, await spool.AppendAsync(siteId, request));
    }

    // Small files, so that there are several.
    private EventSpool OpenSpool() => new(new SpoolOptions { Path = Folder, SegmentBytes = 64 * 1024, MinFreeBytes = 0 }, new SpoolMetrics(new TestMeters()),
        TimeProvider.System, NullLogger<EventSpool>.Instance);

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from, "*.spool")) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }
}
