using System.Text;
using System.Text.Json;
using GrainAnalytics.Core.Enrichment;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Rollups;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.PostgreSql.Schema;
using Npgsql;

namespace GrainAnalytics.PostgreSql.Writing;

/// <summary>The prepared statements of one writer's connection.</summary>
internal sealed class WriteStatements(NpgsqlConnection connection, short shard, KnownContexts known)
{
    private readonly NpgsqlCommand _claimKeys = new(Sql.Get("ClaimKeys"), connection) { CommandTimeout = 0 };
    private readonly NpgsqlCommand _writeNew = new(Sql.Get("WriteNew"), connection) { CommandTimeout = 0 };

    /// <summary>Prepares both.</summary>
    public async Task PrepareAsync(CancellationToken cancel)
    {
        await ClaimKeys([]).PrepareAsync(cancel).ConfigureAwait(false);
        await WriteNew([], withKeys: false).PrepareAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>ClaimKeys for these rows.</summary>
    public NpgsqlCommand ClaimKeys(EventRow[] rows)
    {
        var parameters = new ArrayParameters(_claimKeys);
        AddKeys(parameters, rows);
        return _claimKeys;
    }

    /// <summary>WriteNew for these rows.</summary>
    /// <param name="rows">Rows, all of them new.</param>
    /// <param name="withKeys">False when their keys are claimed already.</param>
    public NpgsqlCommand WriteNew(EventRow[] rows, bool withKeys)
    {
        var parameters = new ArrayParameters(_writeNew);
        var fold = new BatchFold(rows);
        AddKeys(parameters, withKeys ? rows : []);
        AddEvents(parameters, rows);
        parameters.Add(Map(fold.Hours, h => h.SiteId));
        parameters.Add(Map(fold.Hours, h => Instant.ToDateTime(h.Hour)));
        parameters.Add(Map(fold.Hours, h => h.Type.Bytes));
        parameters.Add(Map(fold.Hours, h => (long)h.Events));
        parameters.Add(Map(fold.ActiveUsers, u => u.SiteId));
        parameters.Add(Map(fold.ActiveUsers, u => u.Day));
        parameters.Add(Map(fold.ActiveUsers, u => u.UserId.Bytes));
        parameters.Add(Map(fold.Sessions, s => s.SiteId));
        parameters.Add(Map(fold.Sessions, s => s.SessionId.Bytes));
        parameters.Add(Map(fold.Sessions, s => s.UserId.Bytes));
        parameters.Add(Map(fold.Sessions, s => Json(s.OtherUsers)));
        parameters.Add(Map(fold.Sessions, s => Instant.ToDateTime(s.StartedAt)));
        parameters.Add(Map(fold.Sessions, s => Instant.ToDateTime(s.LastSeenAt)));
        parameters.Add(Map(fold.Sessions, s => (long)s.Events));
        parameters.Add(shard);
        var journal = Journal.Pack(rows);
        parameters.Add(Map(journal, j => j.SiteId));
        parameters.AddBytes(Map(journal, j => j.Events));
        AddFacts(parameters, rows, Contexts = new EventContexts(rows, known));
        var links = rows.Where(row => !row.IsCounted).Select(row => (SiteId: row.Site.Id, Alias: new Utf8Text(IdentityLink.AliasOf(row.Event)), row.Event.UserId))
            .Where(link => !link.Alias.Bytes.IsEmpty).OrderBy(link => (link.SiteId, link.Alias)).ToArray();
        parameters.Add(Map(links, link => link.SiteId));
        parameters.Add(Map(links, link => link.Alias.Bytes));
        parameters.Add(Map(links, link => link.UserId));
        var sites = rows.Select(row => row.Site).DistinctBy(site => site.Id).OrderBy(site => site.Id).ToArray();
        parameters.Add(Map(sites, site => site.Id));
        parameters.Add(Map(sites, site => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(site.Clock.Zones)));
        return _writeNew;
    }

    /// <summary>Contexts of the rows that <see cref="WriteNew"/> was last called with.</summary>
    public EventContexts? Contexts { get; private set; }

    private static void AddFacts(ArrayParameters parameters, EventRow[] rows, EventContexts contexts)
    {
        parameters.Add(contexts.Ids);
        parameters.Add(Map(rows, row => new EventFacts(row.Event.Facts).EngagedMs is > 0 and var ms ? ms : (int?)null));
        parameters.Add(Map(rows, row => new EventFacts(row.Event.Facts).IsBot ? true : (bool?)null));
        parameters.Add(Map(rows, row => new EventFacts(row.Event.Facts)[Fact.Path] is { IsEmpty: false } path ? path : (ReadOnlyMemory<byte>?)null));
        var fresh = contexts.New.ToArray();
        parameters.Add(Map(fresh, c => c.Key.SiteId));
        parameters.Add(Map(fresh, c => c.Key.Id));
        parameters.AddJson(Map(fresh, c => EventContexts.ToJson(c.Value)));
    }

    private static void AddKeys(ArrayParameters parameters, EventRow[] rows)
    {
        var sites = new int[rows.Length];
        var keys = new Guid[rows.Length];
        var times = new DateTime[rows.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            ref readonly var row = ref rows[i];
            (sites[i], keys[i], times[i]) = (row.Site.Id, row.Event.Key.ToGuid(), Instant.ToDateTime(row.Event.OccurredAt));
        }
        parameters.Add(sites);
        parameters.Add(keys);
        parameters.Add(times);
    }

    private static void AddEvents(ArrayParameters parameters, EventRow[] rows)
    {
        var n = rows.Length;
        var arrivals = new DateTime[n];
        ReadOnlyMemory<byte>?[] ids = new ReadOnlyMemory<byte>?[n], sessions = new ReadOnlyMemory<byte>?[n], anonymous = new ReadOnlyMemory<byte>?[n];
        ReadOnlyMemory<byte>[] users = new ReadOnlyMemory<byte>[n], types = new ReadOnlyMemory<byte>[n], payloads = new ReadOnlyMemory<byte>[n];
        for (var i = 0; i < n; i++)
        {
            var e = rows[i].Event;
            arrivals[i] = Instant.ToDateTime(e.ReceivedAt);
            if (!e.IdIsKeyText) ids[i] = e.IdBytes;
            users[i] = e.UserId;
            if (e.HasSession) sessions[i] = e.SessionId;
            if (e.HasAnonymousId) anonymous[i] = e.AnonymousId;
            types[i] = e.Type;
            payloads[i] = e.Payload;
        }
        AddKeys(parameters, rows);
        parameters.Add(arrivals);
        parameters.Add(ids);
        parameters.Add(users);
        parameters.Add(sessions);
        parameters.Add(anonymous);
        parameters.Add(types);
        parameters.AddJson(payloads);
    }

    // Rare: two people in one session.
    private static ReadOnlyMemory<byte>? Json(IReadOnlyList<Utf8Text>? users)
    {
        if (users is null) return null;
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            foreach (var user in users) json.WriteStringValue(user.Bytes.Span);
            json.WriteEndArray();
        }
        return buffer.ToArray();
    }

    private static TOut[] Map<TIn, TOut>(IReadOnlyList<TIn> rows, Func<TIn, TOut> value)
    {
        var values = new TOut[rows.Count];
        for (var i = 0; i < values.Length; i++) values[i] = value(rows[i]);
        return values;
    }
}
