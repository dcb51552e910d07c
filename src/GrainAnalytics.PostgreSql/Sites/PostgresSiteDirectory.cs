using System.Collections.Concurrent;
using GrainAnalytics.Core.Engine;
using GrainAnalytics.Core.Signing;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.PostgreSql.Schema;
using Npgsql;

namespace GrainAnalytics.PostgreSql.Sites;

/// <summary>Finds sites by key, with a memory of what was found and of what was not.</summary>
/// <param name="database">The data source.</param>
/// <param name="time">The clock.</param>
/// <param name="keeper">Until it is ready, a key that is not found counts as unanswered; null: always ready.</param>
/// <param name="health">Says when there is no point in asking the database, and is told of doubts; null: it is always asked.</param>
public sealed class PostgresSiteDirectory(NpgsqlDataSource database, TimeProvider time, IStoreKeeper? keeper = null, StoreHealth? health = null) : ISiteDirectory, ISiteCache
{
    // A change is told to every server at once (ISiteCache); this is for one that could not be told, and for changes made in SQL.
    // A key that was not found may have been made since, so that is asked again sooner.
    private static readonly TimeSpan FoundFreshFor = TimeSpan.FromSeconds(60), MissingFreshFor = TimeSpan.FromSeconds(2);
    private const int MostRemembered = 20_000;     // guesses of keys must not fill memory

    private readonly ConcurrentDictionary<KeyHash, (SiteAccess? Access, long ReadAt)> _keys = new();
    private readonly ConcurrentDictionary<int, (Site Site, long ReadAt)> _sites = new();
    private int _changes;

    /// <inheritdoc/>
    public ValueTask<SiteAccess?> FindAsync(string key, CancellationToken cancel)
    {
        var hash = KeyHash.Of(key);
        if (!_keys.TryGetValue(hash, out var known)) return new(ReadAsync(key, hash, null, cancel));
        if (known.Access is null) return IsFresh(known.ReadAt, MissingFreshFor) ? new((SiteAccess?)null) : new(ReadAsync(key, hash, null, cancel));
        // One reads again; the others go on with what is known meanwhile.
        return IsFresh(known.ReadAt, FoundFreshFor) || !_keys.TryUpdate(hash, (known.Access, time.GetTimestamp()), known)
            ? new(known.Access)
            : new(ReadAsync(key, hash, known.Access, cancel));
    }

    /// <inheritdoc/>
    public ValueTask<Site?> FindAsync(int siteId, CancellationToken cancel)
    {
        if (!_sites.TryGetValue(siteId, out var known)) return new(ReadAsync(siteId, cancel));
        // Nobody waits for what is read again: it is asked for with every event of a user.
        if (!IsFresh(known.ReadAt, FoundFreshFor) && _sites.TryUpdate(siteId, (known.Site, time.GetTimestamp()), known)) _ = RenewAsync(siteId);
        return new(known.Site);
    }

    /// <inheritdoc/>
    public void Forget(int siteId)
    {
        // First, so that a read that began before does not put back what it found.
        Interlocked.Increment(ref _changes);
        _sites.TryRemove(siteId, out _);
        foreach (var pair in _keys)
            if (pair.Value.Access is not { } access || access.Site.Id == siteId) _keys.TryRemove(pair);
    }

    /// <inheritdoc/>
    public Task RememberAsync(CancellationToken cancel)
    {
        var changes = Volatile.Read(ref _changes);
        return StoreErrors.GuardAsync(async () =>
        {
            await using var command = database.CreateCommand(Sql.Get("AllKeys"));
            command.Parameters.Add(new() { Value = MostRemembered / 2 });
            await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
            while (_keys.Count < MostRemembered && changes == Volatile.Read(ref _changes) && await reader.ReadAsync(cancel).ConfigureAwait(false))
                _keys.TryAdd(KeyHash.Of(reader.GetFieldValue<byte[]>(0)), (new SiteAccess(Remember(reader, 2, changes), KindOf(reader.GetString(1))), time.GetTimestamp()));
            return true;
        }, cancel);
    }

    internal static KeyKind KindOf(string kind) => kind == "api" ? KeyKind.Api : KeyKind.Write;

    private async Task<SiteAccess?> ReadAsync(string key, KeyHash hash, SiteAccess? known, CancellationToken cancel)
    {
        var changes = Volatile.Read(ref _changes);
        SiteAccess? found;
        try
        {
            found = await (health is null ? AskAsync() : health.ReadAsync(AskAsync)).ConfigureAwait(false);
        }
        catch (EventStoreException) when (known is not null)
        {
            return known;       // an old answer is better than none while the database is away
        }
        // A client that is told 401 throws its events away, so that is only said once the first site's keys are in.
        if (found is null && keeper?.IsReady == false)
            throw new EventStoreException(StoreFailure.Away, isOutcomeUnknown: false, "The keys are not set up yet.");
        if (_keys.Count >= MostRemembered) _keys.Clear();
        if (changes == Volatile.Read(ref _changes)) _keys[hash] = (found, time.GetTimestamp());
        return found;

        Task<SiteAccess?> AskAsync() => StoreErrors.GuardAsync(() => QueryAsync(key, hash, changes, cancel), cancel);
    }

    private async Task<SiteAccess?> QueryAsync(string key, KeyHash hash, int changes, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(Sql.Get("FindKey"));
        command.Parameters.Add(new() { Value = hash.ToBytes() });
        await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        if (!await reader.ReadAsync(cancel).ConfigureAwait(false)) return null;
        var signing = reader.IsDBNull(1) ? null : new KeySigning(KeySigning.SecretOf(key, reader.GetFieldValue<byte[]>(1)), reader.GetBoolean(2));
        return new SiteAccess(Remember(reader, 3, changes), KindOf(reader.GetString(0)), signing);
    }

    private Task<Site?> ReadAsync(int siteId, CancellationToken cancel)
    {
        var changes = Volatile.Read(ref _changes);
        return StoreErrors.GuardAsync(async () =>
        {
            await using var command = database.CreateCommand(Sql.Get("FindSite"));
            command.Parameters.Add(new() { Value = siteId });
            await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
            return await reader.ReadAsync(cancel).ConfigureAwait(false) ? Remember(reader, 0, changes) : null;
        }, cancel);
    }

    private async Task RenewAsync(int siteId)
    {
        try
        {
            await (health is null ? ReadAsync(siteId, default) : health.ReadAsync(() => ReadAsync(siteId, default))).ConfigureAwait(false);
        }
        catch (EventStoreException)
        {
            // What is known is good enough while the database is away; it is asked again in a minute.
        }
    }

    // The same object while nothing changed: others compare and cache it.
    private Site Remember(NpgsqlDataReader row, int first, int changes)
    {
        _sites.TryGetValue(row.GetInt32(first), out var known);
        var site = SiteReader.Read(row, first, known.Site);
        if (changes == Volatile.Read(ref _changes)) _sites[site.Id] = (site, time.GetTimestamp());
        return site;
    }

    private bool IsFresh(long readAt, TimeSpan span) => time.GetElapsedTime(readAt) < span;
}
