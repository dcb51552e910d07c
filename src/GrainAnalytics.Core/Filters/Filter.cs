namespace GrainAnalytics.Core.Filters;

/// <summary>Which events a question is about; made by <see cref="FilterParser"/>, whose text <see cref="ToString"/> gives again.</summary>
public abstract record Filter
{
    /// <summary>Longest text, in characters (UTF-16 units).</summary>
    public const int MaxLength = 4000;

    /// <summary>Most conditions.</summary>
    public const int MaxConditions = 50;

    /// <summary>Most values of a condition.</summary>
    public const int MaxValues = 100;

    /// <summary>Deepest parentheses.</summary>
    public const int MaxDepth = 8;

    /// <summary>Most names that lead to a member of a payload.</summary>
    public const int MaxPath = 16;

    /// <summary>The filter as its text.</summary>
    public sealed override string ToString() => FilterText.Write(this);
}

/// <summary>Holds when all parts hold.</summary>
/// <param name="Parts">At least two.</param>
public sealed record AllOf(IReadOnlyList<Filter> Parts) : Filter;

/// <summary>Holds when one of its parts holds.</summary>
/// <param name="Parts">At least two.</param>
public sealed record AnyOf(IReadOnlyList<Filter> Parts) : Filter;

/// <summary>Compares a field with texts. What an event does not have is the empty text.</summary>
/// <param name="Field">The field.</param>
/// <param name="Match">How it is compared: upper and lower case matter.</param>
/// <param name="IsNegated">True when it holds for what does not match any of the texts.</param>
/// <param name="Values">Texts, one of which has to match; at least one.</param>
public sealed record TextCondition(FilterField Field, TextMatch Match, bool IsNegated, IReadOnlyList<string> Values) : Filter;

/// <summary>Compares a member of a payload with a number. It does not hold for what is no number.</summary>
/// <param name="Field">The member.</param>
/// <param name="Comparison">How it is compared.</param>
/// <param name="Number">The number.</param>
public sealed record NumberCondition(FilterField Field, NumberComparison Comparison, decimal Number) : Filter;

/// <summary>How texts are compared.</summary>
public enum TextMatch
{
    /// <summary>The same text.</summary>
    Equals,
    /// <summary>The field begins with the text.</summary>
    Prefix,
    /// <summary>The field has the text anywhere.</summary>
    Contains,
}

/// <summary>How numbers are compared.</summary>
public enum NumberComparison
{
    /// <summary>Larger than the number.</summary>
    Greater,
    /// <summary>Larger, or the same.</summary>
    GreaterOrEqual,
    /// <summary>Smaller than the number.</summary>
    Less,
    /// <summary>Smaller, or the same.</summary>
    LessOrEqual,
}

/// <summary>What is wrong with the text of a filter.</summary>
/// <param name="Position">Character where it is noticed, from 1.</param>
/// <param name="Message">What was expected or is too much, for people.</param>
public sealed record FilterError(int Position, string Message)
{
    /// <summary>The error with its place.</summary>
    public override string ToString() => $"At character {Position}: {Message}";
}
