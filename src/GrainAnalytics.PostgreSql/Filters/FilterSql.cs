using System.Diagnostics;
using System.Text;
using GrainAnalytics.Core.Filters;
using Npgsql;
using NpgsqlTypes;

namespace GrainAnalytics.PostgreSql.Filters;

/// <summary>Makes a condition of SQL of a filter. Whatever a filter's text holds becomes a parameter, names of members included:
/// what is written into the statement are only the constants below.</summary>
internal static class FilterSql
{
    // As many digits as numeric can hold whatever the exponent: nothing that passes can fail to convert.
    private const string IsNumber = @"~ '^-?[0-9]{1,100}(\.[0-9]{1,100})?([eE][+-]?[0-9]{1,3})?$'";

    /// <summary>Appends a condition, in parentheses where it needs them.</summary>
    /// <param name="filter">The filter.</param>
    /// <param name="sql">A statement in which <c>e</c> is the table of events and <c>c</c> that of contexts, joined so that an event
    /// without one has nulls.</param>
    /// <param name="parameters">The statement's parameters up to here; further ones are numbered on.</param>
    public static void Append(Filter filter, StringBuilder sql, NpgsqlParameterCollection parameters)
    {
        switch (filter)
        {
            case AllOf all: AppendList(all.Parts, " and ", sql, parameters); break;
            case AnyOf any: AppendList(any.Parts, " or ", sql, parameters); break;
            case TextCondition condition: Append(condition, sql, parameters); break;
            case NumberCondition condition: Append(condition, sql, parameters); break;
            default: throw new UnreachableException($"{filter.GetType()} has no form in SQL.");
        }
    }

    private static void AppendList(IReadOnlyList<Filter> parts, string between, StringBuilder sql, NpgsqlParameterCollection parameters)
    {
        sql.Append('(');
        for (var i = 0; i < parts.Count; i++) Append(parts[i], i == 0 ? sql : sql.Append(between), parameters);
        sql.Append(')');
    }

    // Nothing is ever null here: what an event does not have is the empty text.
    private static void Append(TextCondition condition, StringBuilder sql, NpgsqlParameterCollection parameters)
    {
        var field = Expression(condition.Field, parameters);
        var values = Add(parameters, condition.Values.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text);
        switch (condition.Match)
        {
            case TextMatch.Equals:
                sql.Append(field).Append(condition.IsNegated ? " <> all(" : " = any(").Append(values).Append(')');
                break;
            case TextMatch.Prefix or TextMatch.Contains:
                sql.Append(condition.IsNegated ? "not exists (select from unnest(" : "exists (select from unnest(").Append(values).Append(") v where ");
                if (condition.Match == TextMatch.Prefix) sql.Append("starts_with(").Append(field).Append(", v))");
                else sql.Append("strpos(").Append(field).Append(", v) > 0)");
                break;
            default: throw new UnreachableException($"{condition.Match} has no form in SQL.");
        }
    }

    private static void Append(NumberCondition condition, StringBuilder sql, NpgsqlParameterCollection parameters)
    {
        var field = Expression(condition.Field, parameters);
        var number = Add(parameters, condition.Number, NpgsqlDbType.Numeric);
        var comparison = condition.Comparison switch
        {
            NumberComparison.Greater => " > ",
            NumberComparison.GreaterOrEqual => " >= ",
            NumberComparison.Less => " < ",
            NumberComparison.LessOrEqual => " <= ",
            _ => throw new UnreachableException($"{condition.Comparison} has no form in SQL."),
        };
        // A case, because "and" may be evaluated in any order.
        sql.Append("case when ").Append(field).Append(' ').Append(IsNumber).Append(" then (").Append(field).Append(")::numeric").Append(comparison)
            .Append(number).Append(" else false end");
    }

    private static string Expression(FilterField field, NpgsqlParameterCollection parameters) => field.Column switch
    {
        FilterColumn.Type => "e.type",
        FilterColumn.User => "e.user_id",
        FilterColumn.Session => "coalesce(e.session_id, '')",
        FilterColumn.Page => "coalesce(e.path, '')",
        FilterColumn.Host => "coalesce(c.host, '')",
        FilterColumn.Referrer => "coalesce(c.referrer, '')",
        FilterColumn.Source => "coalesce(c.source, '')",
        FilterColumn.Medium => "coalesce(c.medium, '')",
        FilterColumn.Campaign => "coalesce(c.campaign, '')",
        FilterColumn.Term => "coalesce(c.term, '')",
        FilterColumn.Content => "coalesce(c.content, '')",
        FilterColumn.Channel => "coalesce(c.channel, '')",
        FilterColumn.Country => "coalesce(c.country, '')",
        FilterColumn.Language => "coalesce(c.language, '')",
        FilterColumn.Device => "coalesce(c.device, '')",
        FilterColumn.Browser => "coalesce(c.browser, '')",
        FilterColumn.Os => "coalesce(c.os, '')",
        FilterColumn.Screen => "coalesce(c.screen, '')",
        FilterColumn.Payload => Member(field.Path, parameters),
        _ => throw new UnreachableException($"{field.Column} has no column."),
    };

    // Name by name: #>> with all of them takes the first of two members with one name where that one leads on and the last does not.
    private static string Member(IReadOnlyList<string> path, NpgsqlParameterCollection parameters)
    {
        var member = new StringBuilder("coalesce(e.payload");
        for (var i = 0; i < path.Count; i++) member.Append(i == path.Count - 1 ? " ->> " : " -> ").Append(Add(parameters, path[i], NpgsqlDbType.Text));
        return member.Append(", '')").ToString();
    }

    private static string Add(NpgsqlParameterCollection parameters, object value, NpgsqlDbType type)
    {
        parameters.Add(new NpgsqlParameter { Value = value, NpgsqlDbType = type });
        return $"${parameters.Count}";
    }
}
