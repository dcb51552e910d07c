namespace GrainAnalytics.Core.Sites;

/// <summary>What is kept of keys.</summary>
public static class SiteKeys
{
    /// <summary>The SHA-256 of a key's UTF-8 bytes.</summary>
    public static byte[] Hash(string key) => Signing.KeyHash.Of(key).ToBytes();
}
