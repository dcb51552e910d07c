using GrainAnalytics.Core.Queries;
using GrainAnalytics.Core.Rollups;

namespace GrainAnalytics.Web.Statistics;

/// <summary>Pages, sessions, and what visitors came from and used.</summary>
internal sealed class VisitsHandler(IQueries queries)
{
    private const string PayloadPrefix = "payload.";

    public async Task BreakdownAsync(StatsRequest request, CancellationToken cancel)
    {
        var text = request.Parameters.Text("by");
        if (text is null) request.Parameters.Error("by", "is required.");
        var member = text?.StartsWith(PayloadPrefix, StringComparison.Ordinal) == true ? new PayloadMember(text[PayloadPrefix.Length..].Split('.')) : null;
        var by = member is null ? request.Parameters.Word("by", Dimension.Page) : default;
        if (text?.Contains('\0') == true || member?.Path.Contains("") == true) request.Parameters.Error("by", "must name a member of the payload, such as payload.plan.");
        var limit = request.Limit();
        if (request.Parameters.HasErrors)
        {
            await request.Parameters.WriteErrorsAsync(request.Http);
            return;
        }
        var values = await (member is null ? queries.BreakdownAsync(request.Range, by, limit, cancel) : queries.BreakdownAsync(request.Range, member, limit, cancel));
        new Table(["value", "count", "users", "usersError"], values.Select(value => new object?[] { value.Value, value.Count, value.Users, Error(value.IsExact) }))
            .Write(request.Http, json => json.WriteString("by"u8, text));
    }

    public async Task PagesAsync(StatsRequest request, CancellationToken cancel)
    {
        var limit = request.Limit();
        if (request.Parameters.HasErrors)
        {
            await request.Parameters.WriteErrorsAsync(request.Http);
            return;
        }
        var pages = await queries.PagesAsync(request.Range, limit, cancel);
        new Table(["page", "views", "visitors", "visitorsError", "entries", "exits", "timeOnPageMs", "engagedMs"], pages.Select(page => new object?[]
        {
            page.Path, page.Views, page.Visitors, Error(page.IsExact), page.Entries, page.Exits, Ratio(page.EngagedMs, page.Views), page.EngagedMs,
        })).Write(request.Http);
    }

    public async Task SessionsAsync(StatsRequest request, CancellationToken cancel)
    {
        if (request.Parameters.HasErrors)
        {
            await request.Parameters.WriteErrorsAsync(request.Http);
            return;
        }
        var sessions = await queries.SessionsAsync(request.Range, cancel);
        string[] columns = ["sessions", "bounces", "bounceRate", "medianDurationSeconds", "p90DurationSeconds", "averageDurationSeconds", "pageViews", "pagesPerSession"];
        object?[] row =
        [
            sessions.Sessions, sessions.Bounces, Ratio(sessions.Bounces, sessions.Sessions), sessions.MedianSeconds, sessions.P90Seconds,
            Ratio(sessions.DurationMs / 1000.0, sessions.Sessions), sessions.Views, Ratio(sessions.Views, sessions.Sessions),
        ];
        Table.Write(request.Http, json =>
        {
            request.WriteTimeZone(json);
            for (var i = 0; i < columns.Length; i++)
            {
                json.WritePropertyName(columns[i]);
                Table.WriteCell(json, row[i]);
            }
        }, new Table(columns, [row]));
    }

    // Zero when it is exact; else the standard error as a share of the number.
    private static object Error(bool isExact) => isExact ? 0 : UserSketch.StandardError;

    private static object? Ratio(double part, long whole) => whole == 0 ? null : Math.Round(part / whole, 4);
}
