using System.Text.Unicode;

namespace GrainAnalytics.Core.Enrichment;

/// <summary>What the address of a page says of the link that led to it.</summary>
internal ref struct Campaign
{
    /// <summary>utm_source, _medium, _campaign, _term and _content, UTF-8; empty where there is none.</summary>
    public ReadOnlySpan<byte> Source, Medium, Name, Term, Content;

    /// <summary>The first known click id, or null.</summary>
    public ClickId? Click;

    /// <summary>Reads the parameters of a query. What is set already stays.</summary>
    /// <param name="query">Behind the question mark.</param>
    /// <param name="free">Room for decoded texts, of which they take their part.</param>
    public void Read(ReadOnlySpan<byte> query, scoped ref Span<byte> free)
    {
        while (!query.IsEmpty)
        {
            var end = query.IndexOf((byte)'&');
            var pair = end < 0 ? query : query[..end];
            query = end < 0 ? default : query[(end + 1)..];
            var equals = pair.IndexOf((byte)'=');
            if (equals <= 0 || equals == pair.Length - 1) continue;
            var name = pair[..equals];
            if (name.StartsWith("utm_"u8)) Set(name, pair[(equals + 1)..], ref free);
            else Click ??= ClickIds.Find(name);
        }
    }

    /// <summary>Finds a parameter's place by its name.</summary>
    /// <param name="name">Name that begins with <c>utm_</c>.</param>
    /// <param name="found">False for any other name: the result means nothing then.</param>
    [System.Diagnostics.CodeAnalysis.UnscopedRef]
    public ref ReadOnlySpan<byte> Place(ReadOnlySpan<byte> name, out bool found)
    {
        found = true;
        if (name.SequenceEqual("utm_source"u8)) return ref Source;
        if (name.SequenceEqual("utm_medium"u8)) return ref Medium;
        if (name.SequenceEqual("utm_campaign"u8)) return ref Name;
        if (name.SequenceEqual("utm_term"u8)) return ref Term;
        found = name.SequenceEqual("utm_content"u8);
        return ref Content;
    }

    private void Set(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, scoped ref Span<byte> free)
    {
        ref var place = ref Place(name, out var found);
        if (found && place.IsEmpty) place = Decode(value, ref free).Trim(" \t\r\n"u8);
    }

    // What does not decode to UTF-8 is taken as it stands.
    private static ReadOnlySpan<byte> Decode(ReadOnlySpan<byte> raw, scoped ref Span<byte> free)
    {
        if (raw.IndexOfAny((byte)'%', (byte)'+') < 0) return raw;
        var (size, at) = (0, 0);
        var most = Math.Min(free.Length, EventFacts.MaxTextBytes);
        for (; at < raw.Length && size < most; size++)
        {
            if (raw[at] == '%' && at + 2 < raw.Length && char.IsAsciiHexDigit((char)raw[at + 1]) && char.IsAsciiHexDigit((char)raw[at + 2]))
            {
                free[size] = (byte)(Convert.FromHexString([(char)raw[at + 1], (char)raw[at + 2]])[0]);
                at += 3;
            }
            else free[size] = raw[at++] is var c && c == '+' ? (byte)' ' : c;
        }
        // Full in the middle of a character.
        if (at < raw.Length)
            for (var back = 0; back < 3 && size > 0 && !Utf8.IsValid(free[..size]); back++) size--;
        if (!Utf8.IsValid(free[..size])) return raw;
        var decoded = free[..size];
        free = free[size..];
        return decoded;
    }
}
