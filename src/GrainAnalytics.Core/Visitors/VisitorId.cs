using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace GrainAnalytics.Core.Visitors;

/// <summary>Names a visitor who leaves no id, for a day and a site: the same clues give the same id, another day or another site
/// another one, and without the day's key nobody can find out which clues an id was made of.</summary>
public static class VisitorId
{
    /// <summary>Size of a day's key.</summary>
    public const int SaltBytes = 32;

    /// <summary>What such ids begin with.</summary>
    public const string Prefix = "cl_";

    private const int IdBytes = 16;

    /// <summary>Makes the id.</summary>
    /// <param name="salt">The day's key.</param>
    /// <param name="siteId">The site, so that nobody can be followed from one to another.</param>
    /// <param name="clues">Who sends.</param>
    /// <returns>Its UTF-8: the prefix and 128 bits in base64url, 25 characters.</returns>
    public static byte[] Make(byte[] salt, int siteId, VisitorClues clues)
    {
        // The parts of fixed length first, so that no two requests run together to the same bytes.
        var message = new byte[sizeof(int) + 16 + Encoding.UTF8.GetByteCount(clues.UserAgent)];
        BinaryPrimitives.WriteInt32LittleEndian(message, siteId);
        BinaryPrimitives.WriteUInt128LittleEndian(message.AsSpan(sizeof(int)), clues.Address);
        Encoding.UTF8.GetBytes(clues.UserAgent, message.AsSpan(sizeof(int) + 16));
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(salt, message, hash);
        return Encoding.UTF8.GetBytes(Prefix + Base64Url.EncodeToString(hash[..IdBytes]));
    }
}
