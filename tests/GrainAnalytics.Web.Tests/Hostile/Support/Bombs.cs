using System.IO.Compression;

namespace GrainAnalytics.Web.Tests.Hostile.Support;

/// <summary>Small bodies that become large ones.</summary>
internal static class Bombs
{
    private const int Megabyte = 1024 * 1024;

    /// <summary>One gzip member of so many MiB of zeros. Only its last bytes, which nobody should come to, are wrong.</summary>
    public static byte[] Gzip(int megabytes) => [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff, .. Deflate(megabytes), 0, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>Bare deflate of so many MiB of zeros.</summary>
    public static byte[] Deflate(int megabytes)
    {
        using var packed = new MemoryStream();
        using (var deflate = new DeflateStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            var zeros = new byte[Megabyte];
            deflate.Write(zeros);
            deflate.Flush();
            var first = packed.Length;
            deflate.Write(zeros);
            deflate.Flush();
            // After a flush a block begins at a whole byte and refers back to zeros only: it may be repeated as it is.
            var again = packed.ToArray().AsSpan((int)first).ToArray();
            for (var i = 2; i < megabytes; i++) packed.Write(again);
        }
        return packed.ToArray();
    }

    /// <summary>Many gzip members behind each other, each of 1 MiB of zeros.</summary>
    public static byte[] GzipMembers(int members)
    {
        var one = Pack(new byte[Megabyte], stream => new GZipStream(stream, CompressionLevel.SmallestSize, leaveOpen: true));
        return [.. Enumerable.Repeat(one, members).SelectMany(member => member)];
    }

    /// <summary>A gzip member of no bytes.</summary>
    public static byte[] GzipOfNothing { get; } = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>Brotli of so many MiB of zeros.</summary>
    public static byte[] Brotli(int megabytes)
    {
        using var packed = new MemoryStream();
        using (var brotli = new BrotliStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            var zeros = new byte[Megabyte];
            for (var i = 0; i < megabytes; i++) brotli.Write(zeros);
        }
        return packed.ToArray();
    }

    /// <summary>Packs bytes with gzip.</summary>
    public static byte[] GzipOf(byte[] plain) => Pack(plain, stream => new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true));

    private static byte[] Pack(byte[] plain, Func<Stream, Stream> open)
    {
        using var packed = new MemoryStream();
        using (var packing = open(packed)) packing.Write(plain);
        return packed.ToArray();
    }
}
