using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace GrainAnalytics.PostgreSql.Sites;

/// <summary>All that is kept of a key, in the database and in memory: its SHA-256. Keys are compared as hashes, so that the
/// time it takes says nothing of a key.</summary>
internal readonly record struct KeyHash(ulong A, ulong B, ulong C, ulong D)
{
    private const int ShortKey = 256;

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

    public static KeyHash Of(byte[] hash) => MemoryMarshal.Read<KeyHash>(hash);

    public byte[] ToBytes()
    {
        var bytes = new byte[SHA256.HashSizeInBytes];
        MemoryMarshal.Write(bytes, this);
        return bytes;
    }
}
