using System.Text.Json;
using GrainAnalytics.Core.Queries;
using GrainAnalytics.Core.Rollups;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.PostgreSql.Scans;
using NpgsqlTypes;
using static GrainAnalytics.PostgreSql.PostgresEventStore;
using static GrainAnalytics.PostgreSql.Queries.Asker;

namespace GrainAnalytics.PostgreSql.Queries;

/// <summary>Answers questions: from the rollups where they have the answer, else from raw events.</summary>
public sealed class PostgresQueries(Asker asker, Scanner scanner) : IQueries
{
    private const long MostTraitEvents = 500;

    private readonly SeriesQueries _series = new(asker, new ScanQueries(scanner));
    private readonly ValueQueries _values = new(asker);
    private readonly ScanQueries _scans = new(scanner);
    private readonly RetentionQueries _retention = new(asker, new ScanQueries(scanner));

    /// <inheritdoc/>
    public Task<IReadOnlyList<PeriodCount>> ActiveUsersAsync(StatsRange range, Period period, CancellationToken cancel) =>
        _series.ActiveUsersAsync(range, period, cancel);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<TypeCount>> TopEventsAsync(StatsRange range, int limit, CancellationToken cancel) =>
        !range.IsPlain ? await _scans.TypesAsync(range, limit, cancel).ConfigureAwait(false) : await asker.ReadAsync("TopEvents", row => new TypeCount(row.GetString(0), row.GetInt64(1)), cancel,
            Value(range.Site.Id), Time(range.Start), Time(range.End), Value((long)limit)).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<DayMetrics>> MetricsAsync(StatsRange range, string? type, CancellationToken cancel)
    {
        var days = Enumerable.Range(range.From.DayNumber, range.To.DayNumber - range.From.DayNumber + 1).Select(DateOnly.FromDayNumber).ToArray();
        var starts = Array.ConvertAll(days, range.Site.Clock.DayStart);
        var rows = await (!range.IsPlain
            ? _scans.MetricsAsync(range, starts, type, cancel)
            : asker.ReadAsync("DailyMetrics", row => (Place: row.GetInt32(0), Count: new TypeCount(row.GetString(1), row.GetInt64(2))), cancel,
                Value(range.Site.Id), Value(Array.ConvertAll(starts, Instant.ToDateTime)), Time(range.End), Text(type))).ConfigureAwait(false);
        return [.. rows.GroupBy(row => row.Place).OrderBy(day => day.Key).Select(day => new DayMetrics(days[day.Key - 1],
            [.. day.Select(row => row.Count).OrderBy(count => count.Type, StringComparer.Ordinal)]))];
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<TimeCount>> TimeSeriesAsync(StatsRange range, SeriesQuery query, CancellationToken cancel) =>
        _series.TimeSeriesAsync(range, query, cancel);

    /// <inheritdoc/>
    public Task<IReadOnlyList<Cohort>> RetentionAsync(StatsRange range, Period period, int periods, DateOnly today, CancellationToken cancel) =>
        _retention.ReadAsync(range, period, periods, today, cancel);

    /// <inheritdoc/>
    public Task<IReadOnlyList<ValueCount>> BreakdownAsync(StatsRange range, Dimension by, int limit, CancellationToken cancel) =>
        range.IsPlain ? _values.BreakdownAsync(range, by, limit, cancel) : _scans.BreakdownAsync(range, by, limit, cancel);

    /// <inheritdoc/>
    public Task<IReadOnlyList<ValueCount>> BreakdownAsync(StatsRange range, PayloadMember by, int limit, CancellationToken cancel) =>
        _scans.BreakdownAsync(range, by, limit, cancel);

    /// <inheritdoc/>
    public Task<IReadOnlyList<FunnelCount>> FunnelAsync(StatsRange range, IReadOnlyList<FunnelStep> steps, long? within, CancellationToken cancel) =>
        _scans.FunnelAsync(range, steps, within, cancel);

    /// <inheritdoc/>
    public Task<IReadOnlyList<NextStep>> PathsAsync(StatsRange range, string fromType, int limit, CancellationToken cancel) =>
        _scans.PathsAsync(range, fromType, limit, cancel);

    /// <inheritdoc/>
    public Task<IReadOnlyList<PageCount>> PagesAsync(StatsRange range, int limit, CancellationToken cancel) =>
        range.IsPlain ? _values.PagesAsync(range, limit, cancel) : _scans.PagesAsync(range, limit, cancel);

    /// <inheritdoc/>
    public async Task<SessionSummary> SessionsAsync(StatsRange range, CancellationToken cancel)
    {
        if (!range.IsPlain) return await _scans.SessionsAsync(range, cancel).ConfigureAwait(false);
        var durations = new Durations();
        var days = await asker.ReadFoldedAsync(range.Site, "SessionDays", row =>
        {
            durations.Merge(row.GetFieldValue<byte[]>(5));
            return new SessionCounts(row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4));
        }, cancel, Value(range.Site.Id), Value(range.From), Value(range.To)).ConfigureAwait(false);
        var all = days.Aggregate(default(SessionCounts), (sum, day) => sum + day);
        return new SessionSummary(all.Sessions, all.Bounces, all.Views, all.DurationMs, durations.Quantile(0.5), durations.Quantile(0.9));
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<UserSummary>> UsersAsync(UserQuery query, CancellationToken cancel) =>
        await asker.ReadFoldedAsync(query.Site, "ListUsers", ReadUser, cancel, Value(query.Site.Id), Value(query.Prefix),
            query.Before is { } at ? Time(at.LastSeenAt) : new() { NpgsqlDbType = NpgsqlDbType.TimestampTz, Value = DBNull.Value },
            Text(query.Before?.UserId), Value((long)query.Limit)).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task<UserSummary?> FindUserAsync(Site site, string userId, CancellationToken cancel) =>
        (await asker.ReadFoldedAsync(site, "FindUser", ReadUser, cancel, Value(site.Id), Value(userId)).ConfigureAwait(false)).SingleOrDefault();

    /// <inheritdoc/>
    public async Task<UserTraits> TraitsAsync(Site site, string userId, CancellationToken cancel)
    {
        var traits = new UserTraits();
        await asker.ReadAsync("ReadTraits", row =>
        {
            using var payload = JsonDocument.Parse(row.GetString(1));
            traits.Add(row.GetString(0), payload.RootElement);
            return true;
        }, cancel, Value(site.Id), Value(userId), Value(MostTraitEvents)).ConfigureAwait(false);
        return traits;
    }

    private static UserSummary ReadUser(Npgsql.NpgsqlDataReader row) => new(row.GetString(0), Instant.FromDateTime(row.GetDateTime(1)),
        Instant.FromDateTime(row.GetDateTime(2)), row.GetInt64(3), row.GetInt64(4));
}
