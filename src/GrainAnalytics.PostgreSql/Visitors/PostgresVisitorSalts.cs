using System.Collections.Concurrent;
using System.Security.Cryptography;
using GrainAnalytics.Core.Visitors;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.PostgreSql.Schema;
using Npgsql;

namespace GrainAnalytics.PostgreSql.Visitors;

/// <summary>Keeps the keys of the days in PostgreSQL, and in memory those that were asked for.</summary>
/// <param name="database">The data source.</param>
/// <param name="time">The clock.</param>
/// <param name="health">Says when there is no point in asking the database, and is told of doubts; null: it is always asked.</param>
public sealed class PostgresVisitorSalts(NpgsqlDataSource database, TimeProvider time, StoreHealth? health = null) : IVisitorSalts
{
    // From the zone in which a date begins first to the one in which it ends last.
    private static readonly TimeSpan FirstZone = TimeSpan.FromHours(14), LastZone = TimeSpan.FromHours(12), UntilNext = TimeSpan.FromHours(1.5);

    // Two or three dates are today somewhere; the database is asked once for each, however many requests wait for it.
    private readonly ConcurrentDictionary<DateOnly, Task<byte[]>> _days = new();

    /// <inheritdoc/>
    public ValueTask<byte[]> FindAsync(DateOnly day, CancellationToken cancel)
    {
        if (_days.TryGetValue(day, out var known) && known.IsCompletedSuccessfully) return new(known.Result);
        return new(WaitAsync(day, cancel));
    }

    /// <inheritdoc/>
    public async Task TurnAsync(CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        DateOnly first = DateOf(now - LastZone), last = DateOf(now + FirstZone + UntilNext);
        foreach (var day in _days.Keys) if (day < first) _days.TryRemove(day, out _);
        await StoreErrors.GuardAsync(async () =>
        {
            await using var command = new PreparedCommand(database, "ForgetSalts");
            command.Parameters.Add(new() { Value = first });
            return await command.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
        }, cancel).ConfigureAwait(false);
        for (var day = first; day <= last; day = day.AddDays(1)) await FindAsync(day, cancel).ConfigureAwait(false);
    }

    private static DateOnly DateOf(DateTimeOffset instant) => DateOnly.FromDateTime(instant.UtcDateTime);

    private async Task<byte[]> WaitAsync(DateOnly day, CancellationToken cancel)
    {
        var asked = _days.GetOrAdd(day, AskAsync);
        try
        {
            return await asked.WaitAsync(cancel).ConfigureAwait(false);
        }
        catch (EventStoreException)
        {
            _days.TryRemove(new(day, asked));       // the next request asks again
            throw;
        }
    }

    // Not with one request's token: others wait for the same answer.
    private Task<byte[]> AskAsync(DateOnly day) => health is null ? QueryAsync(day) : health.ReadAsync(() => QueryAsync(day));

    private Task<byte[]> QueryAsync(DateOnly day) => StoreErrors.GuardAsync(async () =>
    {
        await using var command = new PreparedCommand(database, "VisitorSalt");
        command.Parameters.Add(new() { Value = day });
        command.Parameters.Add(new() { Value = RandomNumberGenerator.GetBytes(VisitorId.SaltBytes) });
        return (byte[])(await command.ExecuteScalarAsync(CancellationToken.None).ConfigureAwait(false))!;
    }, CancellationToken.None);
}
