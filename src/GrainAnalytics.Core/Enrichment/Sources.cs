using System.Text;

namespace GrainAnalytics.Core.Enrichment;

/// <summary>What kind of place visitors come from.</summary>
internal enum SourceKind : byte { Unknown, Search, Social, Video, Email, Shopping, Ai }

/// <summary>A place that visitors come from.</summary>
/// <param name="Name">Its name, UTF-8.</param>
/// <param name="Kind">What it is.</param>
internal sealed record Source(byte[] Name, SourceKind Kind)
{
    /// <summary>The medium of a link that names none.</summary>
    public ReadOnlySpan<byte> Medium => Kind switch
    {
        SourceKind.Search => "organic"u8,
        SourceKind.Social => "social"u8,
        SourceKind.Email => "email"u8,
        _ => "referral"u8,
    };
}

/// <summary>Finds known sources by host, or by what links call them.</summary>
internal static class Sources
{
    private const int LongestHost = 253;

    private static readonly Dictionary<string, Source>.AlternateLookup<ReadOnlySpan<char>> Known, UnderAnyDomain;

    static Sources()
    {
        var (known, underAny) = (new Dictionary<string, Source>(), new Dictionary<string, Source>());
        foreach (var row in DataFile.Rows("sources.txt"))
        {
            var source = new Source(Encoding.UTF8.GetBytes(row[1]), Enum.Parse<SourceKind>(row[0], ignoreCase: true));
            known.TryAdd(row[1], source);
            foreach (var host in row[2].Split(' ', StringSplitOptions.RemoveEmptyEntries))
                if (host.EndsWith(".*", StringComparison.Ordinal)) underAny.Add(host[..^2], source);
                else known.TryAdd(host, source);
        }
        (Known, UnderAnyDomain) = (known.GetAlternateLookup<ReadOnlySpan<char>>(), underAny.GetAlternateLookup<ReadOnlySpan<char>>());
    }

    /// <summary>The source of a host; null when it is not known.</summary>
    /// <param name="host">Lower case, without <c>www.</c>.</param>
    public static Source? OfHost(ReadOnlySpan<byte> host)
    {
        Span<char> buffer = stackalloc char[LongestHost];
        if (host.Length is 0 or > LongestHost || !Ascii.IsValid(host)) return null;
        ReadOnlySpan<char> name = buffer[..Encoding.ASCII.GetChars(host, buffer)];
        return Find(name);
    }

    /// <summary>The source that a link calls by a name or a host; null when it is not known.</summary>
    /// <param name="name">UTF-8, upper or lower case.</param>
    public static Source? OfName(ReadOnlySpan<byte> name)
    {
        Span<char> buffer = stackalloc char[LongestHost];
        if (name.Length is 0 or > LongestHost || !Ascii.IsValid(name)) return null;
        Ascii.ToLower(name, buffer, out var length);
        ReadOnlySpan<char> text = buffer[..length];
        return Find(text.StartsWith("www.") ? text[4..] : text);
    }

    private static Source? Find(ReadOnlySpan<char> host)
    {
        if (Known.TryGetValue(host, out var source)) return source;
        var site = host.StartsWith("m.") ? host[2..] : host;
        var end = site.IndexOf('.');
        if (end > 0 && IsTopLevel(site[(end + 1)..]) && UnderAnyDomain.TryGetValue(site[..end], out source)) return source;
        while (host.IndexOf('.') is var dot and >= 0)
        {
            host = host[(dot + 1)..];
            if (host.Contains('.') && Known.TryGetValue(host, out source)) return source;
        }
        return null;
    }

    // "de", "com", "co.uk", "com.br", and nothing that could be somebody's own name before it.
    private static bool IsTopLevel(ReadOnlySpan<char> domain)
    {
        var dot = domain.IndexOf('.');
        return dot < 0 ? domain.Length is > 1 and <= 4 : dot <= 3 && domain.Length - dot - 1 is 2 && !domain[(dot + 1)..].Contains('.');
    }
}
