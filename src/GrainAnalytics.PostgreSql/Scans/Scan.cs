using System.Text;
using Npgsql;

namespace GrainAnalytics.PostgreSql.Scans;

/// <summary>A query over raw events whose marks are filled in: with pieces of SQL that are ours, never with what somebody asked, which are parameters.</summary>
/// <param name="query">Name of the query.</param>
internal sealed class Scan(string query)
{
    /// <summary>Parameters that every scan has: site, from, to, with crawlers.</summary>
    public const int FirstParameter = 5;

    private readonly List<(string Mark, string Sql)> _marks = [];

    /// <summary>Name of the query.</summary>
    public string Query { get; } = query;

    /// <summary>Parameters behind those that every scan has.</summary>
    public List<NpgsqlParameter> Parameters { get; } = [];

    /// <summary>Adds a parameter.</summary>
    /// <returns>Its place holder.</returns>
    public string Add(NpgsqlParameter parameter)
    {
        Parameters.Add(parameter);
        return $"${FirstParameter + Parameters.Count - 1}";
    }

    /// <summary>Fills a mark, such as <c>metric</c> for <c>/*metric*/</c>.</summary>
    public Scan Fill(string mark, string sql)
    {
        _marks.Add(($"/*{mark}*/", sql));
        return this;
    }

    /// <summary>The query's text.</summary>
    public string Text(string template)
    {
        var text = new StringBuilder(template);
        foreach (var (mark, sql) in _marks) text.Replace(mark, sql);
        return text.Replace("/*filter*/", "true").ToString();
    }
}
