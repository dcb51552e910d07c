using System.Globalization;
using System.Text;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Web.Errors;

namespace GrainAnalytics.Web.Http;

/// <summary>Reads a request's query parameters and collects what is wrong with all of them before anything is answered.</summary>
internal sealed class QueryParameters
{
    private readonly IQueryCollection _query;
    private Dictionary<string, string>? _errors;

    public QueryParameters(HttpRequest request)
    {
        _query = request.QueryString.HasValue ? request.Query : QueryCollection.Empty;
        foreach (var (name, values) in _query)
            if (values.Count > 1) Error(name, "must be given once.");
    }

    /// <summary>True when something was wrong; <see cref="WriteErrorsAsync"/> then answers.</summary>
    public bool HasErrors => _errors is not null;

    /// <summary>Notes an error; the first one of a parameter stays.</summary>
    public void Error(string name, string error) => (_errors ??= []).TryAdd(name, error);

    /// <summary>Answers 400 with every error.</summary>
    public Task WriteErrorsAsync(HttpContext http) => Problems.WriteParametersAsync(http, _errors!);

    /// <summary>The parameter's text; null when it is absent or given twice.</summary>
    public string? Text(string name)
    {
        if (!_query.TryGetValue(name, out var values) || values.Count != 1) return null;
        if (!string.IsNullOrEmpty(values[0])) return values[0];
        Error(name, "must not be empty.");
        return null;
    }

    /// <summary>An id, a type or a user: 1 to 200 characters that PostgreSQL can store.</summary>
    public string? Identifier(string name) => Text(name) is { } text && CheckIdentifier(name, text) ? text : null;

    /// <summary>Notes what is wrong with an identifier.</summary>
    /// <returns>True when nothing is.</returns>
    public bool CheckIdentifier(string name, string text)
    {
        if (text.Length == 0) Error(name, "must not be empty.");
        else if (text.Contains('\0')) Error(name, "must not contain U+0000.");
        else if (text.Length > 200 && CodePoints(text) > 200) Error(name, "must have at most 200 characters.");
        else return true;
        return false;
    }

    /// <summary>A whole number between bounds.</summary>
    public int Number(string name, int least, int most, int otherwise)
    {
        if (Text(name) is not { } text) return otherwise;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most) return number;
        Error(name, $"must be a whole number from {least} to {most}.");
        return otherwise;
    }

    /// <summary>One of an enum's names, in lower case.</summary>
    public T Word<T>(string name, T otherwise) where T : struct, Enum
    {
        if (Text(name) is not { } text) return otherwise;
        foreach (var value in Enum.GetValues<T>())
            if (value.ToString().ToLowerInvariant() == text) return value;
        Error(name, $"must be one of {string.Join(", ", Enum.GetNames<T>().Select(word => word.ToLowerInvariant()))}.");
        return otherwise;
    }

    /// <summary>An ISO 8601 instant in Unix microseconds; null when absent or wrong.</summary>
    /// <param name="name">The parameter.</param>
    /// <param name="atDayEnd">A date without a time is its first microsecond in UTC, or with this its last.</param>
    public long? Time(string name, bool atDayEnd)
    {
        if (Text(name) is not { } text) return null;
        if (Instant.TryParse(RestorePlus(text), out var microseconds, out var isDate))
            return isDate && atDayEnd ? microseconds + Instant.Day - 1 : microseconds;
        Error(name, "must be an ISO 8601 instant such as 2026-01-31T12:00:00Z, or a date.");
        return null;
    }

    /// <summary>A date, yyyy-MM-dd; null when absent or wrong.</summary>
    public DateOnly? Date(string name)
    {
        if (Text(name) is not { } text) return null;
        if (!DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
            Error(name, "must be a date such as 2026-01-31.");
        // Room at both ends for time zones and for the day after.
        else if (date.Year is < 1900 or > 9998) Error(name, "must lie between 1900-01-01 and 9998-12-31.");
        else return date;
        return null;
    }

    // A "+" that the sender did not escape arrives as a space: 2026-01-31T12:00:00 02:00.
    private static string RestorePlus(string text)
    {
        var space = text.LastIndexOf(' ');
        return space > 11 ? string.Concat(text.AsSpan(0, space), "+", text.AsSpan(space + 1)) : text;
    }

    private static int CodePoints(string text)
    {
        var count = 0;
        foreach (var _ in text.EnumerateRunes()) count++;
        return count;
    }
}
