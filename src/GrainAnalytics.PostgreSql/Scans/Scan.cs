using System.Text;
using GrainAnalytics.Core.Filters;
using GrainAnalytics.Core.Queries;
using GrainAnalytics.PostgreSql.Filters;
using GrainAnalytics.PostgreSql.Schema;
using Npgsql;

namespace GrainAnalytics.PostgreSql.Scans;

/// <summary>A query over raw events whose marks are filled in: with pieces of SQL that are ours, never with what somebody asked, which are parameters.</summary>
internal sealed class Scan : IDisposable
{
    private readonly string _query;
    private readonly List<(string Mark, string Sql)> _marks = [];
    private readonly List<string> _conditions = [];

    /// <summary>Starts with the parameters that every scan has: $1 site, $2 from, $3 to, $4 with crawlers; and with the range's filter.</summary>
    /// <param name="query">Name of the query.</param>
    /// <param name="range">Which events.</param>
    /// <param name="parameters">Its own, from $5.</param>
    public Scan(string query, StatsRange range, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        _query = query;
        Add(new() { Value = range.Site.Id });
        Add(PostgresEventStore.Time(range.Start));
        Add(PostgresEventStore.Time(range.End));
        Add(new() { Value = range.WithBots });
        foreach (var parameter in parameters) Add(parameter);
        if (range.Filter is { } filter) _conditions.Add(Condition(filter));
    }

    /// <summary>The command; its text is set when it is run.</summary>
    public NpgsqlCommand Command { get; } = new() { CommandTimeout = 0 };     // the budget ends it

    /// <summary>Adds a parameter.</summary>
    /// <returns>Its place holder.</returns>
    public string Add(NpgsqlParameter parameter)
    {
        Command.Parameters.Add(parameter);
        return $"${Command.Parameters.Count}";
    }

    /// <summary>Fills a mark, such as <c>metric</c> for <c>/*metric*/</c>.</summary>
    public Scan Fill(string mark, string sql)
    {
        _marks.Add(($"/*{mark}*/", sql));
        return this;
    }

    /// <summary>Demands something more of events.</summary>
    public Scan Where(string condition)
    {
        _conditions.Add(condition);
        return this;
    }

    /// <summary>A filter as a condition, with its parameters added.</summary>
    public string Condition(Filter filter)
    {
        var sql = new StringBuilder();
        FilterSql.Append(filter, sql, Command.Parameters);
        return sql.ToString();
    }

    /// <summary>The query with its marks filled.</summary>
    public string Text()
    {
        var text = new StringBuilder(Sql.Get(_query));
        foreach (var (mark, sql) in _marks) text.Replace(mark, sql);
        return text.Replace("/*filter*/", _conditions.Count == 0 ? "true" : string.Join(" and ", _conditions)).ToString();
    }

    /// <inheritdoc/>
    public void Dispose() => Command.Dispose();
}
