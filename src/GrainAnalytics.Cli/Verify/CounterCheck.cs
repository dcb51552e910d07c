using System.Globalization;
using GrainAnalytics.Cli.Commands;
using GrainAnalytics.Core.Sites;

namespace GrainAnalytics.Cli.Verify;

/// <summary>Compares statistics and session counts of the servers with what the journeys show.</summary>
internal sealed class CounterCheck(VerifySettings settings, ApiClient api, Tally tally, Findings findings)
{
    private const int MostTypes = 1000;     // the most that top-events lists

    /// <summary>Numbers that were compared.</summary>
    public int Compared { get; private set; }

    /// <summary>Compares, on every server.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        foreach (var server in settings.Servers)
        {
            await CompareUsersAsync(server, cancel);
            await CompareSessionsAsync(server, cancel);
        }
    }

    private async Task CompareUsersAsync(Uri server, CancellationToken cancel)
    {
        var clock = await ClockAsync(server, cancel);
        var users = tally.UsersByDay(clock);
        var types = tally.TypesByDay(clock).GroupBy(type => type.Key.Day).ToDictionary(day => day.Key, day => day.ToDictionary(type => type.Key.Type, type => type.Value));
        foreach (var day in users.Keys.Order())
        {
            var date = Text(day);
            var active = (await DataAsync(server, $"/v1/stats/dau?from={date}&to={date}", "date", "activeUsers", cancel)).GetValueOrDefault(date);
            Compare(server, $"active users on {date}", active, users[day]);
            var counts = await DataAsync(server, $"/v1/stats/top-events?from={date}&to={date}&limit={MostTypes}", "type", "count", cancel);
            foreach (var (type, count) in types[day]) Compare(server, $"events of type {type} on {date}", counts.GetValueOrDefault(type), count);
            foreach (var type in counts.Keys.Except(types[day].Keys)) Compare(server, $"events of type {type} on {date}", counts[type], 0);
        }
    }

    private async Task CompareSessionsAsync(Uri server, CancellationToken cancel)
    {
        var step = Math.Max(1, tally.Sessions.Count / Math.Max(1, settings.Sessions));
        var chosen = tally.Sessions.OrderBy(session => session.Key, StringComparer.Ordinal).Where((_, i) => i % step == 0).Take(settings.Sessions);
        var options = new ParallelOptions { MaxDegreeOfParallelism = settings.Connections, CancellationToken = cancel };
        await Parallel.ForEachAsync(chosen, options, async (session, token) =>
        {
            var count = await api.GetAsync(server, $"/v1/sessions/{Uri.EscapeDataString(session.Key)}", answer => answer.GetProperty("eventCount").GetInt64(), token, () => 0);
            Compare(server, $"events of session {session.Key}", count, session.Value);
        });
    }

    private void Compare(Uri server, string what, long counted, long seen)
    {
        lock (findings) Compared++;
        if (counted == seen || settings.HasOthers && counted > seen) return;
        findings.Add("counter", $"{what}: {server} counts {counted.ToString(CultureInfo.InvariantCulture)}, journeys show {seen.ToString(CultureInfo.InvariantCulture)}");
    }

    private async Task<SiteClock> ClockAsync(Uri server, CancellationToken cancel)
    {
        var zone = await api.GetAsync(server, "/v1/stats/dau", answer => answer.GetProperty("timeZone").GetString()!, cancel);
        try
        {
            return new SiteClock(zone);
        }
        catch (TimeZoneNotFoundException)
        {
            throw new CommandException(ExitCode.Unknown, $"The site's days are those of {zone}, which this machine does not know: install tzdata.");
        }
    }

    private Task<Dictionary<string, long>> DataAsync(Uri server, string path, string name, string value, CancellationToken cancel) =>
        api.GetAsync(server, path, answer => answer.GetProperty("data").EnumerateArray()
            .ToDictionary(row => row.GetProperty(name).GetString()!, row => row.GetProperty(value).GetInt64()), cancel);

    private static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
