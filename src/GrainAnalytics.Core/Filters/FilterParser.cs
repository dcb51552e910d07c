using System.Globalization;
using System.Text;

namespace GrainAnalytics.Core.Filters;

/// <summary>Reads filters.</summary>
/// <remarks>
/// <code>
/// filter     = all *( "," all )                          one of them holds
/// all        = part *( ";" part )                        all of them hold
/// part       = "(" filter ")" / condition
/// condition  = field ( "==" / "!=" / "=^" / "!^" / "=~" / "!~" ) value *( "|" value )
///            / payload-field ( ">" / ">=" / "&lt;" / "&lt;=" ) number
/// </code>
/// A backslash makes the next character a part of the value or name. Spaces around names and values do not count.
/// </remarks>
public sealed class FilterParser
{
    private const string Operators = "== (equals), != (not), =^ (begins with), !^, =~ (contains), !~, >, >=, < or <=";

    private readonly string _text;
    private int _at, _conditions;
    private FilterError? _error;

    private FilterParser(string text) => _text = text;

    /// <summary>Reads a filter.</summary>
    /// <param name="text">Its text.</param>
    /// <param name="filter">The filter, when true is returned.</param>
    /// <param name="error">What is wrong, when false is returned.</param>
    public static bool TryParse(string text, out Filter? filter, out FilterError? error)
    {
        (filter, error) = (null, null);
        if (text.Length > Filter.MaxLength) error = new(Filter.MaxLength + 1, $"a filter has at most {Filter.MaxLength} characters.");
        else if (UnstorableAt(text) is var at and >= 0) error = new(at + 1, "this character cannot be in any event.");
        if (error is not null) return false;
        var parser = new FilterParser(text);
        filter = parser.ReadAny(0);
        if (filter is not null && parser._at < text.Length) filter = parser.Fail("this ) closes nothing.");
        error = parser._error;
        return filter is not null;
    }

    // U+0000 and halves of surrogate pairs have no place in PostgreSQL's texts.
    private static int UnstorableAt(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\0') return i;
            if (!char.IsSurrogate(text[i])) continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1])) return i;
            i++;
        }
        return -1;
    }

    private Filter? ReadAny(int depth) => ReadList(',', () => ReadList(';', () => ReadPart(depth), parts => new AllOf(parts)), parts => new AnyOf(parts));

    private Filter? ReadList(char separator, Func<Filter?> readPart, Func<IReadOnlyList<Filter>, Filter> combine)
    {
        if (readPart() is not { } first) return null;
        List<Filter>? parts = null;
        while (Peek() == separator)
        {
            _at++;
            if (readPart() is not { } next) return null;
            (parts ??= [first]).Add(next);
        }
        return parts is null ? first : combine(parts);
    }

    private Filter? ReadPart(int depth)
    {
        SkipSpace();
        if (Peek() != '(') return ReadCondition();
        if (depth == Filter.MaxDepth) return Fail($"parentheses are at most {Filter.MaxDepth} deep.");
        _at++;
        var inner = ReadAny(depth + 1);
        if (inner is null) return null;
        if (Peek() != ')') return Fail("expected ; , or ).");
        _at++;
        SkipSpace();
        return Peek() is '\0' or ';' or ',' or ')' ? inner : Fail("expected ; , or ) behind a parenthesis.");
    }

    private Filter? ReadCondition()
    {
        if (++_conditions > Filter.MaxConditions) return Fail($"a filter has at most {Filter.MaxConditions} conditions.");
        if (ReadField() is not { } field) return null;
        var at = _at;
        switch (TakeOperator())
        {
            case "==": return ReadTexts(field, TextMatch.Equals, isNegated: false);
            case "!=": return ReadTexts(field, TextMatch.Equals, isNegated: true);
            case "=^": return ReadTexts(field, TextMatch.Prefix, isNegated: false);
            case "!^": return ReadTexts(field, TextMatch.Prefix, isNegated: true);
            case "=~": return ReadTexts(field, TextMatch.Contains, isNegated: false);
            case "!~": return ReadTexts(field, TextMatch.Contains, isNegated: true);
            case ">": return ReadNumber(field, NumberComparison.Greater, at);
            case ">=": return ReadNumber(field, NumberComparison.GreaterOrEqual, at);
            case "<": return ReadNumber(field, NumberComparison.Less, at);
            case "<=": return ReadNumber(field, NumberComparison.LessOrEqual, at);
            default: return Fail($"expected {Operators}.");
        }
    }

    private FilterField? ReadField()
    {
        SkipSpace();
        var start = _at;
        var names = new List<string>();
        var name = new StringBuilder();
        var solid = 0;      // characters up to the last one that is no space
        while (_at < _text.Length && _text[_at] is not ('=' or '!' or '<' or '>' or ';' or ',' or '|' or '(' or ')'))
        {
            var c = _text[_at++];
            if (c == '.')
            {
                names.Add(name.ToString(0, solid));
                name.Clear();
                solid = 0;
                continue;
            }
            if (c == '\\' && !TakeEscaped(out c)) return null;
            name.Append(c);
            if (c != ' ' || _text[_at - 2] == '\\') solid = name.Length;
        }
        names.Add(name.ToString(0, solid));
        if (names is [""]) return FailAt<FilterField>(start, $"expected a field: {Fields()}.");
        if (names.Count == 1 && FilterField.Find(names[0]) is { } column) return new FilterField(column, []);
        if (names[0] != "payload") return FailAt<FilterField>(start, $"\"{string.Join('.', names)}\" is no field; fields are {Fields()}.");
        if (names.Count == 1 || names.Contains("")) return FailAt<FilterField>(start, "expected names behind payload, such as payload.plan or payload.cart.total.");
        if (names.Count - 1 > Filter.MaxPath) return FailAt<FilterField>(start, $"a member of a payload is at most {Filter.MaxPath} names deep.");
        return new FilterField(FilterColumn.Payload, names[1..]);
    }

    private string? TakeOperator()
    {
        var rest = _text.AsSpan(_at);
        foreach (var each in (ReadOnlySpan<string>)["==", "!=", "=^", "!^", "=~", "!~", ">=", "<=", ">", "<"])
            if (rest.StartsWith(each))
            {
                _at += each.Length;
                return each;
            }
        return null;
    }

    private TextCondition? ReadTexts(FilterField field, TextMatch match, bool isNegated)
    {
        var values = new List<string>();
        do
        {
            if (values.Count > 0) _at++;
            var start = _at;
            if (ReadValue() is not { } value) return null;
            if (value.Length == 0 && match != TextMatch.Equals) return FailAt<TextCondition>(start, "expected a value.");
            if (values.Count == Filter.MaxValues) return FailAt<TextCondition>(start, $"a condition has at most {Filter.MaxValues} values.");
            values.Add(value);
        } while (Peek() == '|');
        return new TextCondition(field, match, isNegated, values);
    }

    private NumberCondition? ReadNumber(FilterField field, NumberComparison comparison, int at)
    {
        if (field.Column != FilterColumn.Payload) return FailAt<NumberCondition>(at, "only payload fields are compared as numbers.");
        var start = _at;
        if (ReadValue() is not { } value) return null;
        const NumberStyles Styles = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;
        if (Peek() == '|' || !decimal.TryParse(value, Styles, CultureInfo.InvariantCulture, out var number))
            return FailAt<NumberCondition>(start, "expected one number such as 10 or -0.5, of at most 28 digits.");
        return new NumberCondition(field, comparison, number);
    }

    // A value may have parentheses of its own if they match: source==(direct).
    private string? ReadValue()
    {
        SkipSpace();
        var value = new StringBuilder();
        var (solid, open) = (0, 0);
        while (_at < _text.Length)
        {
            var c = _text[_at];
            if (c is ';' or ',' or '|' || c == ')' && open == 0) break;
            _at++;
            if (c == '(') open++;
            if (c == ')') open--;
            var isEscaped = c == '\\';
            if (isEscaped && !TakeEscaped(out c)) return null;
            value.Append(c);
            if (isEscaped || c != ' ') solid = value.Length;
        }
        return value.ToString(0, solid);
    }

    private bool TakeEscaped(out char c)
    {
        c = Peek();
        if (_at == _text.Length) return Fail("expected a character behind \\.") is not null;
        _at++;
        return true;
    }

    private static string Fields() => $"{string.Join(", ", FilterField.Names)} and payload.NAME";

    private char Peek() => _at < _text.Length ? _text[_at] : '\0';

    private void SkipSpace()
    {
        while (Peek() == ' ') _at++;
    }

    private Filter? Fail(string message) => FailAt<Filter>(_at, message);

    private T? FailAt<T>(int at, string message) where T : class
    {
        _error ??= new FilterError(at + 1, message);
        return null;
    }
}
