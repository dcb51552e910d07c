namespace GrainAnalytics.Fuzz.Model;

/// <summary>RFC 8259, read straight from its grammar. It shares nothing with System.Text.Json, on which the parser stands.</summary>
internal sealed class JsonGrammar
{
    private readonly List<bool> _open = [];     // true for objects
    private byte[] _text = [];
    private int _at, _end;

    /// <summary>Elements of an outermost array of which at least one byte was there; what a reader may have met before it
    /// found the text malformed.</summary>
    public int ElementsBegun { get; private set; }

    /// <summary>Deepest nesting met: 1 for a value that is an empty object or array, 0 for a scalar.</summary>
    public int Nesting { get; private set; }

    /// <summary>True when the bytes from one place to another are one JSON value with nothing but space around it.</summary>
    public bool IsOneValue(byte[] text, int start, int end)
    {
        (_text, _at, _end) = (text, start, end);
        (ElementsBegun, Nesting) = (0, 0);
        _open.Clear();
        return ReadValue() && Space() == _end;
    }

    // Without recursion: a million brackets are an input like any other.
    private bool ReadValue()
    {
        while (true)
        {
            // Here a value must begin.
            Space();
            if (_at == _end) return false;
            if (_open is [false]) ElementsBegun++;
            if (_text[_at] is (byte)'{' or (byte)'[')
            {
                _open.Add(_text[_at++] == '{');
                Nesting = Math.Max(Nesting, _open.Count);
                Space();
                if (!Is(_open[^1] ? '}' : ']'))
                {
                    if (_open[^1] && !Name()) return false;
                    continue;
                }
                _at++;
                _open.RemoveAt(_open.Count - 1);
            }
            else if (!Scalar()) return false;
            // Here one has ended.
            while (true)
            {
                if (_open.Count == 0) return true;
                Space();
                if (Is(','))
                {
                    _at++;
                    if (_open[^1] && !Name()) return false;
                    break;
                }
                if (!Is(_open[^1] ? '}' : ']')) return false;
                _at++;
                _open.RemoveAt(_open.Count - 1);
            }
        }
    }

    private bool Name()
    {
        Space();
        if (!String()) return false;
        Space();
        if (!Is(':')) return false;
        _at++;
        return true;
    }

    private bool Scalar() => (char)_text[_at] switch
    {
        '"' => String(),
        't' => Word("true"u8),
        'f' => Word("false"u8),
        'n' => Word("null"u8),
        _ => Number(),
    };

    private bool Word(ReadOnlySpan<byte> word)
    {
        if (!_text.AsSpan(_at, _end - _at).StartsWith(word)) return false;
        _at += word.Length;
        return true;
    }

    private bool String()
    {
        if (!Is('"')) return false;
        for (_at++; _at < _end; _at++)
        {
            var c = _text[_at];
            if (c == '"') { _at++; return true; }
            if (c < 0x20) return false;
            if (c != '\\') continue;
            if (++_at == _end) return false;
            if (_text[_at] != 'u')
            {
                if (!"\"\\/bfnrt"u8.Contains(_text[_at])) return false;
                continue;
            }
            for (var digit = 0; digit < 4; digit++)
                if (++_at == _end || !char.IsAsciiHexDigit((char)_text[_at])) return false;
        }
        return false;
    }

    private bool Number()
    {
        if (Is('-')) _at++;
        if (Is('0')) _at++;
        else if (!Digits()) return false;
        if (Is('.'))
        {
            _at++;
            if (!Digits()) return false;
        }
        if (!Is('e') && !Is('E')) return true;
        _at++;
        if (Is('+') || Is('-')) _at++;
        return Digits();
    }

    private bool Digits()
    {
        var start = _at;
        while (_at < _end && _text[_at] is >= (byte)'0' and <= (byte)'9') _at++;
        return _at > start;
    }

    private bool Is(char c) => _at < _end && _text[_at] == c;

    private int Space()
    {
        while (_at < _end && _text[_at] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n') _at++;
        return _at;
    }
}
