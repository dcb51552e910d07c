using System.IO.Compression;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http.Headers;
using Microsoft.Net.Http.Headers;

namespace GrainAnalytics.Web.Tracker;

/// <summary>A script for other people's pages, as it is sent: compressed once, at the start, as well as possible.</summary>
internal sealed class TrackerScript
{
    private readonly Variant _plain, _gzip, _brotli;

    /// <summary>Reads an embedded script: the minified one, or what it is made of where the build had no Node.</summary>
    /// <param name="name">Its file name.</param>
    public TrackerScript(string name)
    {
        var bytes = ScriptSource.Read(name);
        Version = Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 8));
        _plain = new(bytes, null, $"\"{Version}\"");
        _gzip = new(Compress(bytes, to => new GZipStream(to, CompressionLevel.SmallestSize)), "gzip", $"\"{Version}-gzip\"");
        _brotli = new(Compress(bytes, to => new BrotliStream(to, CompressionLevel.SmallestSize)), "br", $"\"{Version}-br\"");
    }

    /// <summary>Names these bytes: 16 hexadecimal digits.</summary>
    public string Version { get; }

    /// <summary>The form that suits a request best.</summary>
    public Variant For(RequestHeaders request)
    {
        double brotli = 0, gzip = 0;
        foreach (var accepted in request.AcceptEncoding)
        {
            var quality = accepted.Quality ?? 1;
            if (accepted.Value.Equals("br", StringComparison.OrdinalIgnoreCase)) brotli = quality;
            else if (accepted.Value.Equals("gzip", StringComparison.OrdinalIgnoreCase)) gzip = quality;
        }
        return brotli > 0 && brotli >= gzip ? _brotli : gzip > 0 ? _gzip : _plain;
    }

    private static byte[] Compress(byte[] bytes, Func<Stream, Stream> by)
    {
        using var compressed = new MemoryStream();
        using (var compressor = by(compressed)) compressor.Write(bytes);
        return compressed.ToArray();
    }

    /// <summary>One form of the script.</summary>
    /// <param name="Bytes">What is sent.</param>
    /// <param name="Encoding">Its Content-Encoding; null for none.</param>
    /// <param name="Tag">Its entity tag, quotes included.</param>
    internal sealed record Variant(byte[] Bytes, string? Encoding, string Tag)
    {
        /// <summary>True when the client has these bytes already.</summary>
        public bool IsKnown(RequestHeaders request) => request.IfNoneMatch.Any(known =>
            known == EntityTagHeaderValue.Any || known.Tag.Equals(Tag, StringComparison.Ordinal));
    }
}
