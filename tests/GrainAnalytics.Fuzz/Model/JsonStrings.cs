using System.Globalization;
using System.Text;
using GrainAnalytics.Core.Ingestion;

namespace GrainAnalytics.Fuzz.Model;

/// <summary>What strings of well-formed JSON mean, decoded character by character to UTF-16.</summary>
internal static class JsonStrings
{
    /// <summary>Decodes a string's inside. Halves of surrogate pairs stay as they are.</summary>
    public static string Decode(ReadOnlySpan<byte> json)
    {
        var text = Encoding.UTF8.GetString(json);
        if (!text.Contains('\\')) return text;
        var plain = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\') plain.Append(text[i]);
            else if (text[++i] != 'u') plain.Append("\b\f\n\r\t\"\\/"["bfnrt\"\\/".IndexOf(text[i])]);
            else
            {
                plain.Append((char)ushort.Parse(text.AsSpan(i + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
                i += 4;
            }
        }
        return plain.ToString();
    }

    /// <summary>Why PostgreSQL could not store a text: the first character that it has no form for; else Accepted.</summary>
    public static IngestOutcome FindFault(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\0') return IngestOutcome.NulCharacter;
            if (!char.IsSurrogate(text[i])) continue;
            if (!char.IsHighSurrogate(text[i]) || i + 1 == text.Length || !char.IsLowSurrogate(text[i + 1])) return IngestOutcome.LoneSurrogate;
            i++;
        }
        return IngestOutcome.Accepted;
    }

    /// <summary>The first fault in any of the strings of a value, names of members included.</summary>
    public static IngestOutcome FindFaultInAll(ReadOnlySpan<byte> json)
    {
        for (var i = 0; i < json.Length; i++)
        {
            if (json[i] != '"') continue;
            var start = ++i;
            while (json[i] != '"') i += json[i] == '\\' ? 2 : 1;
            var fault = FindFault(Decode(json[start..i]));
            if (fault != IngestOutcome.Accepted) return fault;
        }
        return IngestOutcome.Accepted;
    }

    /// <summary>Characters as PostgreSQL counts them.</summary>
    public static int CountCharacters(string text) => text.EnumerateRunes().Count();
}
