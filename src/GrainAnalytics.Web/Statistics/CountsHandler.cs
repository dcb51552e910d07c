using GrainAnalytics.Core.Queries;
using GrainAnalytics.Core.Rollups;
using GrainAnalytics.Core.Text;

namespace GrainAnalytics.Web.Statistics;

/// <summary>Counts of users and events over time.</summary>
internal sealed class CountsHandler(IQueries queries)
{
    private const int MostMinuteDays = 7, MostHourDays = 400;

    public async Task ActiveUsersAsync(StatsRequest request, Period period, CancellationToken cancel)
    {
        if (request.Parameters.HasErrors)
        {
            await request.Parameters.WriteErrorsAsync(request.Http);
            return;
        }
        var periods = await queries.ActiveUsersAsync(request.Range, period, cancel);
        new Table(["date", "activeUsers"], periods.Select(p => new object?[] { StatsRequest.Date(p.Start), p.Users })).Write(request.Http, request.WriteTimeZone);
    }

    public async Task TopEventsAsync(StatsRequest request, CancellationToken cancel)
    {
        var limit = request.Limit();
        if (request.Parameters.HasErrors)
        {
            await request.Parameters.WriteErrorsAsync(request.Http);
            return;
        }
        var types = await queries.TopEventsAsync(request.Range, limit, cancel);
        new Table(["type", "count"], types.Select(type => new object?[] { type.Type, type.Count })).Write(request.Http);
    }

    public async Task TimeSeriesAsync(StatsRequest request, CancellationToken cancel)
    {
        var metric = request.Parameters.Word("metric", Metric.Events);
        var interval = request.Parameters.Word("interval", Interval.Day);
        var type = request.Parameters.Identifier("type");
        var most = interval switch { Interval.Minute => MostMinuteDays, Interval.Hour => MostHourDays, _ => DayRange.MostDays };
        if (request.Range.To.DayNumber - request.Range.From.DayNumber >= most)
            request.Parameters.Error("from", $"and to must span at most {most} days with this interval.");
        if (request.Parameters.HasErrors)
        {
            await request.Parameters.WriteErrorsAsync(request.Http);
            return;
        }
        var series = await queries.TimeSeriesAsync(request.Range, new SeriesQuery(metric, interval, type), cancel);
        new Table(["date", "count"], series.Select(point => new object?[]
        {
            interval <= Interval.Hour ? Instant.ToText(point.At) : StatsRequest.Date(request.Site.Clock.DayOf(point.At)), point.Count,
        })).Write(request.Http, json =>
        {
            request.WriteTimeZone(json);
            json.WriteString("metric"u8, metric.ToString().ToLowerInvariant());
            json.WriteString("interval"u8, interval.ToString().ToLowerInvariant());
        });
    }

    public async Task MetricsAsync(StatsRequest request, CancellationToken cancel)
    {
        var range = request.Range;
        if (request.Parameters.Date("date") is { } date)
        {
            if (request.Parameters.Text("from") is not null || request.Parameters.Text("to") is not null)
                request.Parameters.Error("date", "cannot be given together with from and to.");
            range = range with { From = date, To = date };
        }
        var type = request.Parameters.Identifier("event_type") ?? request.Parameters.Identifier("eventType");
        if (request.Parameters.HasErrors)
        {
            await request.Parameters.WriteErrorsAsync(request.Http);
            return;
        }
        var days = await queries.MetricsAsync(range, type, cancel);
        var csv = new Table(["date", "eventType", "count"],
            days.SelectMany(day => day.Metrics.Select(metric => new object?[] { StatsRequest.Date(day.Date), metric.Type, metric.Count })));
        Table.Write(request.Http, json =>
        {
            json.WriteNumber("count"u8, days.Count);
            json.WriteStartArray("data"u8);
            foreach (var day in days)
            {
                json.WriteStartObject();
                json.WriteString("date"u8, StatsRequest.Date(day.Date));
                json.WriteStartArray("metrics"u8);
                foreach (var metric in day.Metrics)
                {
                    json.WriteStartObject();
                    json.WriteString("eventType"u8, metric.Type);
                    json.WriteNumber("count"u8, metric.Count);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }, csv);
    }

    public async Task RetentionAsync(StatsRequest request, CancellationToken cancel)
    {
        var window = request.Parameters.Word("window", RetentionWindow.Weekly);
        var periods = request.Parameters.Number("periods", 1, 400, window == RetentionWindow.Daily ? 30 : 12);
        if (request.Parameters.HasErrors)
        {
            await request.Parameters.WriteErrorsAsync(request.Http);
            return;
        }
        var cohorts = await queries.RetentionAsync(request.Range, (Period)window, periods, request.Today, cancel);
        var longest = cohorts.Count == 0 ? 0 : cohorts.Max(cohort => cohort.Retained.Count);
        var csv = new Table(["cohort", "size", .. Enumerable.Range(0, longest).Select(n => $"retained{n}")], cohorts.Select(cohort => (object?[])
            [StatsRequest.Date(cohort.Start), cohort.Size, .. Enumerable.Range(0, longest).Select(n => n < cohort.Retained.Count ? (object)cohort.Retained[n] : null)]));
        Table.Write(request.Http, json =>
        {
            json.WriteString("window"u8, window.ToString().ToLowerInvariant());
            json.WriteStartArray("cohorts"u8);
            foreach (var cohort in cohorts)
            {
                json.WriteStartObject();
                json.WriteString("cohort"u8, StatsRequest.Date(cohort.Start));
                json.WriteNumber("size"u8, cohort.Size);
                json.WriteStartArray("retained"u8);
                foreach (var users in cohort.Retained) json.WriteNumberValue(users);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }, csv);
    }

    // In the order of Period.
    private enum RetentionWindow { Daily, Weekly, Monthly }
}
