using System.Globalization;
using System.Text;

namespace GrainAnalytics.Core.Filters;

/// <summary>Writes filters as <see cref="FilterParser"/> reads them.</summary>
internal static class FilterText
{
    private const string InValues = "\\;,|()", InNames = InValues + ".=!<>";

    public static string Write(Filter filter)
    {
        var text = new StringBuilder();
        Append(text, filter, within: null);
        return text.ToString();
    }

    private static void Append(StringBuilder text, Filter filter, Filter? within)
    {
        switch (filter)
        {
            case TextCondition condition:
                AppendField(text, condition.Field);
                text.Append(condition.IsNegated ? '!' : '=').Append(condition.Match switch { TextMatch.Equals => '=', TextMatch.Prefix => '^', _ => '~' });
                for (var i = 0; i < condition.Values.Count; i++) AppendEscaped(i == 0 ? text : text.Append('|'), condition.Values[i], InValues);
                break;
            case NumberCondition condition:
                AppendField(text, condition.Field);
                text.Append(condition.Comparison switch
                {
                    NumberComparison.Greater => ">", NumberComparison.GreaterOrEqual => ">=", NumberComparison.Less => "<", _ => "<=",
                });
                text.Append(condition.Number.ToString(CultureInfo.InvariantCulture));
                break;
            case AllOf all: AppendList(text, all, all.Parts, ';', needsParentheses: within is AllOf); break;
            case AnyOf any: AppendList(text, any, any.Parts, ',', needsParentheses: within is not null); break;
        }
    }

    private static void AppendList(StringBuilder text, Filter list, IReadOnlyList<Filter> parts, char separator, bool needsParentheses)
    {
        if (needsParentheses) text.Append('(');
        for (var i = 0; i < parts.Count; i++) Append(i == 0 ? text : text.Append(separator), parts[i], list);
        if (needsParentheses) text.Append(')');
    }

    private static void AppendField(StringBuilder text, FilterField field)
    {
        text.Append(field.Column == FilterColumn.Payload ? "payload" : FilterField.Names[(int)field.Column]);
        foreach (var name in field.Path) AppendEscaped(text.Append('.'), name, InNames);
    }

    private static void AppendEscaped(StringBuilder text, string value, string special)
    {
        for (var i = 0; i < value.Length; i++)
        {
            if (special.Contains(value[i]) || value[i] == ' ' && (i == 0 || i == value.Length - 1)) text.Append('\\');
            text.Append(value[i]);
        }
    }
}
