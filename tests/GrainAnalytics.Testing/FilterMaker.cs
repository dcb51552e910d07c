using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using GrainAnalytics.Core.Filters;

namespace GrainAnalytics.Testing;

/// <summary>Random filters and events that now and then fit each other; a seed gives the same ones again.</summary>
public sealed class FilterMaker(int seed)
{
    private static readonly string[] Texts =
    [
        "US", "DE", "", "a", "aa", "ab", "/docs", "/docs/a", "DOCS", "é", "e\u0301", "😀", "☃", "%", "_", "a%", "\\", "'", "''", "\"", ";", ",", "|", "(", ")", " ", " a ", "=", "!=", "a.b",
        "$1", "${x}", "--", "/*", "'; drop table filter_events; --", "') or 1=1 --", "\\'; select pg_sleep(9) --", "null", "true", "1", "49.00", "\n", "\t", "{}", "NaN",
    ];

    private static readonly string[] Numbers =
        ["0", "-0", "1", "49.00", "49", "-1.5", "1e3", "1E+3", "1e-3", "1e999", "-1e-999", "123456789012345678901234567890.5", "0.1", "10", "9", "1e9999999"];

    private static readonly string[] Names = ["plan", "amount", "cart", "a.b", "0", "-1", "x'y", "", " ", "é", "plan=", "drop table"];

    private readonly Random _random = new(seed);

    /// <summary>A text that says much or is trouble.</summary>
    public string Text() => _random.Next(8) == 0 ? string.Concat(Pick(Texts), Pick(Texts)) : Pick(Texts);

    /// <summary>A filter of a few conditions.</summary>
    public Filter Filter(int depth = 0)
    {
        if (depth < 3 && _random.Next(3) == 0)
        {
            var parts = Enumerable.Range(0, _random.Next(2, 4)).Select(_ => Filter(depth + 1)).ToArray();
            return _random.Next(2) == 0 ? new AllOf(parts) : new AnyOf(parts);
        }
        var column = _random.Next(3) == 0 ? FilterColumn.Payload : (FilterColumn)_random.Next((int)FilterColumn.Payload);
        var path = column != FilterColumn.Payload ? [] : Enumerable.Range(0, _random.Next(1, 3)).Select(_ => Pick(Names)).Where(name => name != "").DefaultIfEmpty("plan").ToArray();
        return Condition(column, path);
    }

    private Filter Condition(FilterColumn column, string[] path)
    {
        var field = new FilterField(column, path);
        if (column == FilterColumn.Payload && _random.Next(3) == 0)
            return new NumberCondition(field, (NumberComparison)_random.Next(4), _random.Next(4) == 0 ? decimal.MaxValue : _random.Next(-3, 100) / 2m);
        var match = (TextMatch)_random.Next(3);
        var values = Enumerable.Range(0, _random.Next(1, 4)).Select(_ => Text()).Where(value => value != "" || match == TextMatch.Equals).DefaultIfEmpty("a").ToArray();
        return new TextCondition(field, match, _random.Next(2) == 0, values);
    }

    /// <summary>An event that has about half of what filters ask of.</summary>
    public FilterEvent Event()
    {
        var texts = new Dictionary<FilterColumn, string?>();
        var hasContext = _random.Next(4) != 0;
        for (var column = FilterColumn.Type; column < FilterColumn.Payload; column++)
            texts[column] = column < FilterColumn.Session ? Text() : column < FilterColumn.Host || hasContext ? _random.Next(3) == 0 ? null : Text() : null;
        return new FilterEvent(texts, hasContext, Payload());
    }

    /// <summary>A payload, with spaces, escapes, two members of one name, numbers in all forms.</summary>
    public string Payload() => Object(0);

    /// <summary>A name of a member; never empty.</summary>
    public string Name() => Pick(Names.Where(name => name.Length > 0).ToArray());

    /// <summary>A condition about an outermost member.</summary>
    public Filter MemberCondition() => Condition(FilterColumn.Payload, [Name()]);

    private string Object(int depth)
    {
        var text = new StringBuilder("{ ");
        for (var members = _random.Next(4); members > 0; members--)
        {
            text.Append(JsonValue.Create(Pick(Names)).ToJsonString()).Append(" : ").Append(Value(depth));
            if (members > 1) text.Append(", ");
        }
        return text.Append('}').ToString();
    }

    private string Value(int depth) => _random.Next(depth > 2 ? 4 : 6) switch
    {
        0 => Pick(["null", "true", "false"]),
        1 or 2 => Pick(Numbers),
        3 => JsonValue.Create(_random.Next(4) == 0 ? Pick(Numbers) : Text()).ToJsonString(),
        4 => Object(depth + 1),
        _ => $"[{Value(depth + 1)}, {Value(depth + 1)} ]",
    };

    private T Pick<T>(T[] from) => from[_random.Next(from.Length)];
}

/// <summary>An event to filter.</summary>
/// <param name="texts">Its columns.</param>
/// <param name="hasContext">False when it has nothing of a visit.</param>
/// <param name="payload">Its payload's JSON.</param>
public sealed class FilterEvent(IReadOnlyDictionary<FilterColumn, string?> texts, bool hasContext, string payload) : IFilterSubject
{
    private readonly JsonElement _payload = JsonDocument.Parse(payload).RootElement;

    /// <inheritdoc/>
    public string? this[FilterColumn column] => texts.GetValueOrDefault(column);

    /// <summary>False when it has nothing of a visit.</summary>
    public bool HasContext => hasContext;

    /// <summary>Its payload's JSON.</summary>
    public string Json => payload;

    /// <inheritdoc/>
    public string? Member(IReadOnlyList<string> path)
    {
        var value = _payload;
        foreach (var name in path) if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty(name, out value)) return null;
        return value.ValueKind switch
        {
            JsonValueKind.Null or JsonValueKind.Undefined => null,
            JsonValueKind.String => value.GetString(),
            _ => value.GetRawText(),
        };
    }
}
