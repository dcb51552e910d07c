using System.Collections.Concurrent;
using System.Globalization;
using GrainAnalytics.Core.Engine;
using GrainAnalytics.Core.Signing;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.PostgreSql.Schema;
using Npgsql;

namespace GrainAnalytics.PostgreSql.Sites;

/// <summary>Finds sites by key and by name, with a memory of what was found and of what was not.</summary>
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
    public ValueTask<SiteAccess?> FindAsync(string key, CancellationToken cancel) => FindAsync(key, KeyHash.Of(key), QueryKeyAsync, cancel);

    /// <inheritdoc/>
    public ValueTask<SiteAccess?> FindSenderAsync(string name, CancellationToken cancel)
    {
        // Most names are keys, and a key that is remembered is known also while nobody can say whether it is a domain.
        var isKnown = _keys.TryGetValue(KeyHash.Of(name), out var key) && key.Access is not null;
        return isKnown && IsFresh(key.ReadAt, FoundFreshFor) ? new(key.Access) : new(SearchAsync());

        async Task<SiteAccess?> SearchAsync()
        {
            if (isKnown && await FindAsync(name, cancel).ConfigureAwait(false) is { } found) return found;
            var called = SiteNames.Normalize(name);
            if (called.Length > 0 && await FindAsync(called, HashOfName(called), QueryNameAsync, cancel).ConfigureAwait(false) is { } named) return named;
            return isKnown ? null : await FindAsync(name, cancel).ConfigureAwait(false);
        }
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
            await using var command = new PreparedCommand(database, "AllKeys");
            command.Parameters.Add(new() { Value = MostRemembered / 2 });
            await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
            while (_keys.Count < MostRemembered && changes == Volatile.Read(ref _changes) && await reader.ReadAsync(cancel).ConfigureAwait(false))
                _keys.TryAdd(KeyHash.Of(reader.GetFieldValue<byte[]>(0)), (new SiteAccess(Remember(reader, 2, changes), KindOf(reader.GetString(1))), time.GetTimestamp()));
            await reader.DisposeAsync().ConfigureAwait(false);
            await RememberNamesAsync(changes, cancel).ConfigureAwait(false);
            return true;
        }, cancel);
    }

    private async Task RememberNamesAsync(int changes, CancellationToken cancel)
    {
        await using var command = new PreparedCommand(database, "NamedSites");
        command.Parameters.Add(new() { Value = MostRemembered / 4 });
        await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        while (_keys.Count < MostRemembered && changes == Volatile.Read(ref _changes) && await reader.ReadAsync(cancel).ConfigureAwait(false))
        {
            var site = Remember(reader, 0, changes);
            var access = (new SiteAccess(site, KeyKind.Write), time.GetTimestamp());
            if (site.Domain is { } domain && SiteNames.Normalize(domain) is { Length: > 0 } name) _keys.TryAdd(HashOfName(name), access);
            _keys.TryAdd(HashOfName(site.Id.ToString(CultureInfo.InvariantCulture)), access);
        }
    }

    internal static KeyKind KindOf(string kind) => kind == "api" ? KeyKind.Api : KeyKind.Write;

    private delegate Task<SiteAccess?> Query(string text, KeyHash hash, int changes, CancellationToken cancel);

    // A name stands beside the keys in memory; no key has a space in it, so that they cannot meet.
    private static KeyHash HashOfName(string name) => KeyHash.Of($"name {name}");

    private ValueTask<SiteAccess?> FindAsync(string text, KeyHash hash, Query query, CancellationToken cancel)
    {
        if (!_keys.TryGetValue(hash, out var known)) return new(ReadAsync(text, hash, null, query, cancel));
        if (known.Access is null) return IsFresh(known.ReadAt, MissingFreshFor) ? new((SiteAccess?)null) : new(ReadAsync(text, hash, null, query, cancel));
        // One reads again; the others go on with what is known meanwhile.
        return IsFresh(known.ReadAt, FoundFreshFor) || !_keys.TryUpdate(hash, (known.Access, time.GetTimestamp()), known)
            ? new(known.Access)
            : new(ReadAsync(text, hash, known.Access, query, cancel));
    }

    private async Task<SiteAccess?> ReadAsync(string text, KeyHash hash, SiteAccess? known, Query query, CancellationToken cancel)
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

        Task<SiteAccess?> AskAsync() => StoreErrors.GuardAsync(() => query(text, hash, changes, cancel), cancel);
    }

    private async Task<SiteAccess?> QueryKeyAsync(string key, KeyHash hash, int changes, CancellationToken cancel)
    {
        await using var command = new PreparedCommand(database, "FindKey");
        command.Parameters.Add(new() { Value = hash.ToBytes() });
        await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        if (!await reader.ReadAsync(cancel).ConfigureAwait(false)) return null;
        var signing = reader.IsDBNull(1) ? null : new KeySigning(KeySigning.SecretOf(key, reader.GetFieldValue<byte[]>(1)), reader.GetBoolean(2));
        return new SiteAccess(Remember(reader, 3, changes), KindOf(reader.GetString(0)), signing);
    }

    private async Task<SiteAccess?> QueryNameAsync(string name, KeyHash hash, int changes, CancellationToken cancel)
    {
        await using var command = new PreparedCommand(database, "FindNamed");
        command.Parameters.Add(new() { Value = name });
        command.Parameters.Add(new() { Value = SiteNames.NumberOf(name) });
        await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        return await reader.ReadAsync(cancel).ConfigureAwait(false) ? new SiteAccess(Remember(reader, 0, changes), KeyKind.Write) : null;
    }

    private Task<Site?> ReadAsync(int siteId, CancellationToken cancel)
    {
        var changes = Volatile.Read(ref _changes);
        return StoreErrors.GuardAsync(async () =>
        {
            await using var command = new PreparedCommand(database, "FindSite");
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
