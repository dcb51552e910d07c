namespace GrainAnalytics.Core.Enrichment;

/// <summary>The parts of a page's address, each a piece of its text.</summary>
internal readonly ref struct PageAddress
{
    /// <summary>Host without user and port, in any case; empty when it names none.</summary>
    public ReadOnlySpan<byte> Host { get; }

    /// <summary>From its slash to the query; a slash for an address that ends with its host.</summary>
    public ReadOnlySpan<byte> Path { get; }

    /// <summary>Behind the question mark, without the fragment.</summary>
    public ReadOnlySpan<byte> Query { get; }

    /// <summary>Takes the address of a page apart.</summary>
    /// <param name="text">UTF-8: an address with or without scheme and host; anything else has no parts.</param>
    public PageAddress(ReadOnlySpan<byte> text)
    {
        text = text.Trim(" \t\r\n"u8);
        var hasHost = true;
        if (Behind(text, "https://"u8) is { IsEmpty: false } secure) text = secure;
        else if (Behind(text, "http://"u8) is { IsEmpty: false } plain) text = plain;
        else if (text.StartsWith("//"u8)) text = text[2..];
        else if (text.StartsWith("/"u8)) hasHost = false;
        else return;
        if (hasHost)
        {
            var end = text.IndexOfAny("/?#"u8);
            var authority = end < 0 ? text : text[..end];
            Host = HostIn(authority);
            if (Host.IsEmpty) return;
            text = text[authority.Length..];
        }
        var fragment = text.IndexOf((byte)'#');
        if (fragment >= 0) text = text[..fragment];
        var question = text.IndexOf((byte)'?');
        Path = question < 0 ? text : text[..question];
        if (Path.IsEmpty) Path = "/"u8;
        if (question >= 0) Query = text[(question + 1)..];
    }

    /// <summary>The host of a page or an app that a visitor came from; empty when the text names none. It may be a host alone.</summary>
    public static ReadOnlySpan<byte> HostOfReferrer(ReadOnlySpan<byte> text)
    {
        text = text.Trim(" \t\r\n"u8);
        if (Behind(text, "android-app://"u8) is { IsEmpty: false } app) text = app;
        else if (Behind(text, "https://"u8) is { IsEmpty: false } secure) text = secure;
        else if (Behind(text, "http://"u8) is { IsEmpty: false } plain) text = plain;
        else if (text.StartsWith("//"u8)) text = text[2..];
        else if (text.IndexOf("://"u8) >= 0 || text.IndexOf((byte)'.') <= 0) return default;
        var end = text.IndexOfAny("/?#"u8);
        return HostIn(end < 0 ? text : text[..end]);
    }

    /// <summary>Writes a host in lower case.</summary>
    /// <param name="host">The host.</param>
    /// <param name="free">Room, of which it takes its part; without enough of it nothing is written.</param>
    public static ReadOnlySpan<byte> Lower(ReadOnlySpan<byte> host, scoped ref Span<byte> free)
    {
        if (host.Length > free.Length) return default;
        for (var i = 0; i < host.Length; i++) free[i] = host[i] is >= (byte)'A' and <= (byte)'Z' ? (byte)(host[i] | 0x20) : host[i];
        var lower = free[..host.Length];
        free = free[host.Length..];
        return lower;
    }

    /// <summary>A host without <c>www.</c>.</summary>
    /// <param name="host">Lower case.</param>
    public static ReadOnlySpan<byte> WithoutWww(ReadOnlySpan<byte> host) => host.StartsWith("www."u8) && host.Length > 4 ? host[4..] : host;

    private static ReadOnlySpan<byte> HostIn(ReadOnlySpan<byte> authority)
    {
        authority = authority[(authority.LastIndexOf((byte)'@') + 1)..];
        if (authority.StartsWith("["u8)) return authority[..(authority.IndexOf((byte)']') + 1)];
        var port = authority.IndexOf((byte)':');
        var host = (port < 0 ? authority : authority[..port]).TrimEnd((byte)'.');
        foreach (var c in host)
            if (c < 0x80 && !char.IsAsciiLetterOrDigit((char)c) && c is not ((byte)'.' or (byte)'-' or (byte)'_')) return default;
        return host;
    }

    private static ReadOnlySpan<byte> Behind(ReadOnlySpan<byte> text, ReadOnlySpan<byte> scheme) =>
        text.Length > scheme.Length && System.Text.Ascii.EqualsIgnoreCase(text[..scheme.Length], scheme) ? text[scheme.Length..] : default;
}
