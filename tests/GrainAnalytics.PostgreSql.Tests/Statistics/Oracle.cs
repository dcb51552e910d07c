using GrainAnalytics.Core.Queries;
using GrainAnalytics.Core.Rollups;

namespace GrainAnalytics.PostgreSql.Tests.Statistics;

/// <summary>Counts a history again, the simplest way there is, with the calendar of .NET instead of ours.</summary>
internal sealed class Oracle
{
    private readonly TimeZoneInfo _zone;
    private readonly Oracle? _before;       // of the days before the site's zone was changed
    private readonly long _from = long.MinValue;
    private readonly Happening[] _all;

    private readonly Func<Happening, bool> _matches;

    /// <summary>Starts from a history.</summary>
    /// <param name="history">Events, with repeats.</param>
    /// <param name="timeZone">The site's; "A until T, B": B, with days of A before T.</param>
    /// <param name="matches">Which of them to count; null for all.</param>
    public Oracle(IEnumerable<Happening> history, string timeZone, Func<Happening, bool>? matches = null)
    {
        _matches = matches ?? (_ => true);
        var (until, comma) = (timeZone.LastIndexOf(" until ", StringComparison.Ordinal), timeZone.LastIndexOf(", ", StringComparison.Ordinal));
        if (comma >= 0) (_before, _from) = (new Oracle([], timeZone[..until]), GrainAnalytics.Testing.TestEvents.At(timeZone[(until + 7)..comma]));
        _zone = TimeZoneInfo.FindSystemTimeZoneById(comma < 0 ? timeZone : timeZone[(comma + 2)..]);
        var all = history.DistinctBy(h => h.Id).ToArray();
        var persons = all.Where(h => h is { Anonymous: not null, IsBot: false }).DistinctBy(h => h.Anonymous).ToDictionary(h => h.Anonymous!, h => h.User);
        HasLinks = persons.Count > 0;
        _all = [.. all.Select(h => h with { User = persons.GetValueOrDefault(h.User, h.User) })];
    }

    /// <summary>True for what the server answers from the raw events of the range.</summary>
    public bool IsScan { get; init; }

    /// <summary>True when somebody was seen under two ids.</summary>
    public bool HasLinks { get; }

    private IEnumerable<Happening> Counted => _all.Where(h => h.IsCounted && _matches(h));

    public DateOnly Day(long at)
    {
        if (at < _from) return _before!.Day(at);
        var day = DateOnly.FromDateTime(Local(at));
        return _before is not null && _before.Day(_from - 1) is var last && day <= last ? last.AddDays(1) : day;
    }

    public static DateOnly Start(Period period, DateOnly day) => period switch
    {
        Period.Day => day,
        Period.Week => day.AddDays(-(((int)day.DayOfWeek + 6) % 7)),
        _ => new DateOnly(day.Year, day.Month, 1),
    };

    public static DateOnly Next(Period period, DateOnly start, int n = 1) =>
        period switch { Period.Day => start.AddDays(n), Period.Week => start.AddDays(7 * n), _ => start.AddMonths(n) };

    public IEnumerable<PeriodCount> ActiveUsers(DateOnly from, DateOnly to, Period period)
    {
        for (var start = Start(period, from); start <= to; start = Next(period, start))
            yield return new PeriodCount(start, Counted.Where(h => Start(period, Day(h.At)) == start).Select(h => h.User).Distinct().Count());
    }

    public IEnumerable<TypeCount> TopEvents(DateOnly from, DateOnly to, int limit) => In(from, to).GroupBy(h => h.Type)
        .Select(g => new TypeCount(g.Key, g.Count())).OrderByDescending(t => t.Count).ThenBy(t => t.Type, StringComparer.Ordinal).Take(limit);

    public IEnumerable<string> Metrics(DateOnly from, DateOnly to, string? type) => In(from, to).Where(h => type is null || h.Type == type)
        .GroupBy(h => Day(h.At)).OrderBy(g => g.Key).Select(day =>
            $"{day.Key:o} {string.Join(", ", day.GroupBy(h => h.Type).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => $"{g.Key} {g.Count()}"))}");

    public IEnumerable<string> Retention(DateOnly from, DateOnly to, Period period, int periods, DateOnly today)
    {
        var first = _all.Where(h => h.IsCounted).GroupBy(h => h.User).ToDictionary(g => g.Key, g => Start(period, Day(g.Min(h => h.At))));
        for (var cohort = Start(period, from); cohort <= to; cohort = Next(period, cohort))
        {
            var members = first.Where(f => f.Value == cohort).Select(f => f.Key).ToHashSet();
            if (members.Count == 0) continue;
            var retained = Enumerable.Range(0, periods + 1).Select(n => Next(period, cohort, n)).TakeWhile((start, n) => n == 0 || start <= today)
                .Select(start => Counted.Where(h => members.Contains(h.User) && Start(period, Day(h.At)) == start).Select(h => h.User).Distinct().Count());
            yield return $"{cohort:o} {members.Count}: {string.Join(' ', retained)}";
        }
    }

    /// <summary>By the UTC instant of the local hour's start, for hours that have any.</summary>
    public Dictionary<long, long> Hours(DateOnly from, DateOnly to, Metric metric, string? type)
    {
        if (metric == Metric.Sessions)
            return Visits(from, to).GroupBy(v => HourStart(v.Min(h => h.At))).ToDictionary(g => g.Key, g => (long)g.Count());
        return In(from, to).Where(h => (type is null || h.Type == type) && (metric != Metric.PageViews || h.Type == "page_view"))
            .GroupBy(h => HourStart(h.At)).ToDictionary(g => g.Key, g => metric == Metric.Users ? g.Select(h => h.User).Distinct().Count() : (long)g.Count());
    }

    public Dictionary<DateOnly, long> Periods(DateOnly from, DateOnly to, Period period, Metric metric, string? type)
    {
        (from, to) = (Start(period, from), Next(period, Start(period, to)).AddDays(-1));
        if (metric == Metric.Sessions)
            return Visits(from, to).GroupBy(v => Start(period, Day(v.Min(h => h.At)))).ToDictionary(g => g.Key, g => (long)g.Count());
        return In(from, to).Where(h => (type is null || h.Type == type) && (metric != Metric.PageViews || h.Type == "page_view"))
            .GroupBy(h => Start(period, Day(h.At))).ToDictionary(g => g.Key, g => metric == Metric.Users ? g.Select(h => h.User).Distinct().Count() : (long)g.Count());
    }

    public SessionSummary Sessions(DateOnly from, DateOnly to)
    {
        var visits = Visits(from, to).ToArray();
        var ms = visits.Select(v => (v.Max(h => h.At) - v.Min(h => h.At)) / 1000).Order().ToArray();
        return new SessionSummary(visits.Length, visits.Count(v => v.Count() == 1), visits.Sum(v => v.Count(h => h.Type == "page_view")), ms.Sum(), Rank(0.5), Rank(0.9));

        int? Rank(double share) => ms.Length == 0 ? null : (int)(ms[(int)Math.Max(1, Math.Ceiling(share * ms.Length)) - 1] / 1000);
    }

    public IEnumerable<ValueCount> Breakdown(DateOnly from, DateOnly to, Dimension by, int limit) => In(from, to).Where(h => h.Value(by) != "").GroupBy(h => h.Value(by))
        .Select(g => new ValueCount(g.Key, g.Count(), g.Select(h => h.User).Distinct().Count(), true))
        .OrderByDescending(v => v.Count).ThenBy(v => v.Value, StringComparer.Ordinal).Take(limit);

    public IEnumerable<PageCount> Pages(DateOnly from, DateOnly to, int limit)
    {
        var visits = Visits(from, to).Select(v => v.Where(h => h.Type == "page_view" && h.Path is not null).OrderBy(h => h.At).ThenBy(h => h.Path, StringComparer.Ordinal).ToArray())
            .Where(v => v.Length > 0).ToArray();
        return In(from, to).Where(h => h.Type == "page_view" && h.Path is not null).GroupBy(h => h.Path!).Select(g => new PageCount(g.Key, g.Count(),
            In(from, to).Where(h => h.Path == g.Key).Select(h => h.User).Distinct().Count(), true, visits.Count(v => v[0].Path == g.Key),
            visits.Count(v => v[^1].Path == g.Key), _all.Where(h => !h.IsBot && _matches(h) && h.Path == g.Key && Day(h.At) is var day && day >= from && day <= to).Sum(h => (long)h.EngagedMs)))
            .OrderByDescending(p => p.Views).ThenBy(p => p.Path, StringComparer.Ordinal).Take(limit);
    }

    /// <summary>Tries every way of choosing events for the steps.</summary>
    public IEnumerable<long> Funnel(DateOnly from, DateOnly to, string[] steps, long? within)
    {
        var best = In(from, to).GroupBy(h => h.User).Select(g => Best([.. InOrder(g)])).ToArray();
        return steps.Select((_, i) => best.LongCount(reached => reached > i));

        int Best(Happening[] events) => Enumerable.Range(0, events.Length).Where(i => events[i].Type == steps[0]).Select(i => Reach(events, i)).DefaultIfEmpty(0).Max();

        // From a first event on the next fitting one is always as good as a later one.
        int Reach(Happening[] events, int first)
        {
            var step = 1;
            for (var i = first + 1; i < events.Length && step < steps.Length; i++)
                if (events[i].Type == steps[step] && (within is null || events[i].At - events[first].At <= within)) step++;
            return step;
        }
    }

    public IEnumerable<NextStep> Paths(DateOnly from, DateOnly to, string type, int limit) => In(from, to).GroupBy(h => (h.User, h.Session))
        .SelectMany(g => InOrder(g).Zip(InOrder(g).Skip(1).Cast<Happening?>().Append(null)))
        .Where(pair => pair.First.Type == type).GroupBy(pair => pair.Second?.Type)
        .Select(g => new NextStep(g.Key, g.Count(), g.Select(pair => pair.First.User).Distinct().Count()))
        .OrderByDescending(n => n.Count).ThenBy(n => n.Type is null).ThenBy(n => n.Type, StringComparer.Ordinal).Take(limit);

    // Of equal times the id decides, as the store orders its keys.
    private static IEnumerable<Happening> InOrder(IEnumerable<Happening> events) => events.OrderBy(h => h.At).ThenBy(h => h.Encode().Key);

    public IEnumerable<UserSummary> Users(string prefix) => _all.Where(h => !h.IsBot && h.User.StartsWith(prefix, StringComparison.Ordinal)).GroupBy(h => h.User)
        .Select(g => new UserSummary(g.Key, g.Min(h => h.At), g.Max(h => h.At), g.Count(h => h.IsCounted), 0))
        .OrderByDescending(u => u.LastSeenAt).ThenByDescending(u => u.UserId, StringComparer.Ordinal);

    private IEnumerable<Happening> In(DateOnly from, DateOnly to) => Counted.Where(h => Day(h.At) is var day && day >= from && day <= to);

    // Of what matches only what lies in the range is known.
    private IEnumerable<IGrouping<string?, Happening>> Visits(DateOnly from, DateOnly to) => (IsScan ? In(from, to) : Counted).Where(h => h.Session is not null).GroupBy(h => h.Session)
        .Where(v => Day(v.Min(h => h.At)) is var day && day >= from && day <= to);

    private DateTime Local(long at) => TimeZoneInfo.ConvertTimeFromUtc(DateTime.UnixEpoch.AddTicks(at * 10), _zone);

    private long HourStart(long at)
    {
        if (at < _from) return _before!.HourStart(at);
        var local = Local(at);
        return Math.Max(_from, at - (local.Ticks % TimeSpan.TicksPerHour) / 10);
    }
}
