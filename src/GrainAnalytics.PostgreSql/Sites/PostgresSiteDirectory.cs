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
public sealed class PostgresSiteDirectory(NpgsqlDataSource database, TimeProvider time, IStoreKeeper? keeper = null, StoreHealth? health = null) : ISiteDirectory
{
    // A key that was not found may have been made since, so that is asked again sooner.
    private static readonly TimeSpan FoundFreshFor = TimeSpan.FromSeconds(60), MissingFreshFor = TimeSpan.FromSeconds(2);
    private const int MostRemembered = 20_000;     // guesses of keys must not fill memory

    private readonly ConcurrentDictionary<KeyHash, (SiteAccess? Access, long ReadAt)> _keys = new();
    private readonly ConcurrentDictionary<int, Site> _sites = new();

    /// <inheritdoc/>
    public ValueTask<SiteAccess?> FindAsync(string key, CancellationToken cancel)
    {
        var hash = KeyHash.Of(key);
        return _keys.TryGetValue(hash, out var known) && time.GetElapsedTime(known.ReadAt) < (known.Access is null ? MissingFreshFor : FoundFreshFor)
            ? new(known.Access)
            : new(ReadAsync(key, hash, known.Access, cancel));
    }

    /// <inheritdoc/>
    public async ValueTask<Site?> FindAsync(int siteId, CancellationToken cancel)
    {
        if (_sites.TryGetValue(siteId, out var known)) return known;
        return await StoreErrors.GuardAsync(async () =>
        {
            await using var command = database.CreateCommand(Sql.Get("FindSite"));
            command.Parameters.Add(new() { Value = siteId });
            await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
            return await reader.ReadAsync(cancel).ConfigureAwait(false) ? Remember(reader, 0) : null;
        }, cancel).ConfigureAwait(false);
    }

    private async Task<SiteAccess?> ReadAsync(string key, KeyHash hash, SiteAccess? known, CancellationToken cancel)
    {
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
        _keys[hash] = (found, time.GetTimestamp());
        return found;

        Task<SiteAccess?> AskAsync() => StoreErrors.GuardAsync(() => QueryAsync(key, hash, cancel), cancel);
    }

    private async Task<SiteAccess?> QueryAsync(string key, KeyHash hash, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(Sql.Get("FindKey"));
        command.Parameters.Add(new() { Value = hash.ToBytes() });
        await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        if (!await reader.ReadAsync(cancel).ConfigureAwait(false)) return null;
        var signing = reader.IsDBNull(1) ? null : new KeySigning(KeySigning.SecretOf(key, reader.GetFieldValue<byte[]>(1)), reader.GetBoolean(2));
        return new SiteAccess(Remember(reader, 3), reader.GetString(0) == "api" ? KeyKind.Api : KeyKind.Write, signing);
    }

    private Site Remember(NpgsqlDataReader row, int first)
    {
        var site = new Site(row.GetInt32(first), row.GetString(first + 1), row.IsDBNull(first + 2) ? null : row.GetString(first + 2),
            new SiteClock(row.GetString(first + 3)));
        // The same object for the same site: its clock is compared and cached by others.
        return _sites.AddOrUpdate(site.Id, site, (_, known) =>
            known.Name == site.Name && known.Domain == site.Domain && known.Clock.TimeZoneId == site.Clock.TimeZoneId ? known : site);
    }
}
