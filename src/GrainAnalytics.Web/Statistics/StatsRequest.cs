using System.Text.Json;
using GrainAnalytics.Core.Filters;
using GrainAnalytics.Core.Queries;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Web.Http;

namespace GrainAnalytics.Web.Statistics;

/// <summary>A request for a statistic: its parameters, read as they are needed.</summary>
internal sealed class StatsRequest
{
    public StatsRequest(HttpContext http, Site site, TimeProvider time)
    {
        (Http, Site) = (http, site);
        Parameters = new QueryParameters(http.Request);
        Today = site.Clock.DayOf(time.NowMicroseconds());
        var days = DayRange.Read(Parameters, Today);
        Range = new StatsRange(site, days.From, days.To) { WithBots = Parameters.Word("bots", Bots.Exclude) == Bots.Include, Filter = ReadFilter() };
    }

    public HttpContext Http { get; }

    public Site Site { get; }

    public QueryParameters Parameters { get; }

    /// <summary>The site's day.</summary>
    public DateOnly Today { get; }

    /// <summary>The days asked for; means nothing when the parameters have errors.</summary>
    public StatsRange Range { get; }

    public int Limit(int otherwise = 10) => Parameters.Number("limit", 1, 1000, otherwise);

    /// <summary>Writes the site's time zone.</summary>
    public void WriteTimeZone(Utf8JsonWriter json) => json.WriteString("timeZone"u8, Site.Clock.TimeZoneId);

    private Filter? ReadFilter()
    {
        if (Parameters.Text("filter") is not { } text) return null;
        if (!FilterParser.TryParse(text, out var filter, out var error)) Parameters.Error("filter", error!.ToString());
        return filter;
    }

    private enum Bots { Exclude, Include }

    public static string Date(DateOnly day) => day.ToString("yyyy-MM-dd");
}
