using System.Globalization;
using System.Numerics;

namespace GrainAnalytics.Core.Filters;

/// <summary>What a filter asks of one event.</summary>
public interface IFilterSubject
{
    /// <summary>The event's text of any column but the payload; null when it has none.</summary>
    string? this[FilterColumn column] { get; }

    /// <summary>A member of its payload, as text; null when it has none or null.</summary>
    /// <param name="path">Names that lead to it, outermost first.</param>
    string? Member(IReadOnlyList<string> path);
}

/// <summary>Answers filters in memory, as the database does.</summary>
public static class FilterEvaluator
{
    private const int MaxDigits = 100, MaxExponentDigits = 3;

    /// <summary>True when a filter holds for an event.</summary>
    public static bool Matches(Filter filter, IFilterSubject subject) => filter switch
    {
        AllOf all => all.Parts.All(part => Matches(part, subject)),
        AnyOf any => any.Parts.Any(part => Matches(part, subject)),
        TextCondition condition => Matches(condition, TextOf(condition.Field, subject) ?? ""),
        NumberCondition condition => Matches(condition, TextOf(condition.Field, subject)),
        _ => throw new ArgumentOutOfRangeException(nameof(filter), filter, null),
    };

    private static bool Matches(TextCondition condition, string text)
    {
        var isMatch = condition.Values.Any(value => condition.Match switch
        {
            TextMatch.Equals => text == value,
            TextMatch.Prefix => text.StartsWith(value, StringComparison.Ordinal),
            _ => text.Contains(value, StringComparison.Ordinal),
        });
        return isMatch != condition.IsNegated;
    }

    private static bool Matches(NumberCondition condition, string? text)
    {
        if (text is null || Number.Parse(text) is not { } number) return false;
        var order = number.CompareTo(Number.Parse(condition.Number.ToString(CultureInfo.InvariantCulture))!.Value);
        return condition.Comparison switch
        {
            NumberComparison.Greater => order > 0,
            NumberComparison.GreaterOrEqual => order >= 0,
            NumberComparison.Less => order < 0,
            _ => order <= 0,
        };
    }

    private static string? TextOf(FilterField field, IFilterSubject subject) => field.Column == FilterColumn.Payload ? subject.Member(field.Path) : subject[field.Column];

    // Exact, as PostgreSQL's numeric is: mantissa times ten to the exponent.
    private readonly record struct Number(BigInteger Mantissa, int Exponent) : IComparable<Number>
    {
        public static Number? Parse(string text)
        {
            var at = text.StartsWith('-') ? 1 : 0;
            var whole = Digits(text, ref at);
            var fraction = "";
            if (whole.Length == 0) return null;
            if (at < text.Length && text[at] == '.')
            {
                at++;
                if ((fraction = Digits(text, ref at)).Length == 0) return null;
            }
            var exponent = 0;
            if (at < text.Length && text[at] is 'e' or 'E')
            {
                at++;
                var sign = at < text.Length && text[at] is '+' or '-' ? text[at++] : '+';
                var power = Digits(text, ref at);
                if (power.Length is 0 or > MaxExponentDigits) return null;
                exponent = int.Parse(power, CultureInfo.InvariantCulture) * (sign == '-' ? -1 : 1);
            }
            if (at < text.Length || whole.Length > MaxDigits || fraction.Length > MaxDigits) return null;
            var mantissa = BigInteger.Parse(whole + fraction, CultureInfo.InvariantCulture);
            return new Number(text[0] == '-' ? -mantissa : mantissa, exponent - fraction.Length);
        }

        public int CompareTo(Number other)
        {
            var least = Math.Min(Exponent, other.Exponent);
            return (Mantissa * BigInteger.Pow(10, Exponent - least)).CompareTo(other.Mantissa * BigInteger.Pow(10, other.Exponent - least));
        }

        private static string Digits(string text, ref int at)
        {
            var start = at;
            while (at < text.Length && char.IsAsciiDigit(text[at])) at++;
            return text[start..at];
        }
    }
}
