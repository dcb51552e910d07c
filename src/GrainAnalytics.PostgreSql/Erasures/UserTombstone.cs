using System.Security.Cryptography;
using System.Text;

namespace GrainAnalytics.PostgreSql.Erasures;

/// <summary>What is kept of a user who was erased.</summary>
internal static class UserTombstone
{
    /// <summary>128 bits of the SHA-256 of site and id.</summary>
    public static Guid Of(int siteId, ReadOnlySpan<byte> userId)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData([.. Encoding.UTF8.GetBytes($"{siteId}/"), .. userId], hash);
        return new Guid(hash[..16], bigEndian: true);
    }
}
