using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace GrainAnalytics.Core.Signing;

/// <summary>All that is kept of a key, in the database and in memory: its SHA-256. Keys are compared as hashes, so that the
/// time it takes says nothing of a key.</summary>
/// <param name="A">The first eight bytes.</param>
/// <param name="B">The second.</param>
/// <param name="C">The third.</param>
/// <param name="D">The last.</param>
public readonly record struct KeyHash(ulong A, ulong B, ulong C, ulong D)
{
    private const int ShortKey = 256;

    /// <summary>The hash of a key's UTF-8.</summary>
    public static KeyHash Of(string key)
    {
        // With every request: nothing is allocated for keys as they are.
        Span<byte> text = stackalloc byte[ShortKey];
        if (!Encoding.UTF8.TryGetBytes(key, text, out var length))
        {
            text = Encoding.UTF8.GetBytes(key);
            length = text.Length;
        }
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text[..length], hash);
        return MemoryMarshal.Read<KeyHash>(hash);
    }

    /// <summary>A hash as it is kept.</summary>
    public static KeyHash Of(byte[] hash) => MemoryMarshal.Read<KeyHash>(hash);

    /// <summary>The 32 bytes as they are kept.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[SHA256.HashSizeInBytes];
        MemoryMarshal.Write(bytes, this);
        return bytes;
    }
}
