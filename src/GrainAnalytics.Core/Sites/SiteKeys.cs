using System.Security.Cryptography;
using System.Text;

namespace GrainAnalytics.Core.Sites;

/// <summary>What is kept of keys.</summary>
public static class SiteKeys
{
    /// <summary>The SHA-256 of a key's UTF-8 bytes.</summary>
    public static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
