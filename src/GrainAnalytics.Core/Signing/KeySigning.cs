using System.Security.Cryptography;
using System.Text;

namespace GrainAnalytics.Core.Signing;

/// <summary>What requests of a key are signed with.</summary>
/// <param name="Secret">The signing secret: 64 hexadecimal digits.</param>
/// <param name="IsRequired">True when the key may not send without a signature.</param>
/// <remarks>The secret is kept nowhere. It is made of the key, which comes with every request and of which only a hash is kept,
/// and of a salt, which is kept and never shown: neither who reads the database nor who reads along a key can sign.</remarks>
public sealed record KeySigning(string Secret, bool IsRequired)
{
    /// <summary>Bytes of a salt.</summary>
    public const int SaltSize = 32;

    private static readonly byte[] Purpose = "grain-analytics request signing, version 1\n"u8.ToArray();

    /// <summary>The secret of a key.</summary>
    /// <param name="key">The key itself.</param>
    /// <param name="salt">Random; another one makes another secret.</param>
    public static string SecretOf(string key, ReadOnlySpan<byte> salt) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), (byte[])[.. Purpose, .. salt]));

    /// <summary>Never the secret.</summary>
    public override string ToString() => IsRequired ? "required" : "optional";
}
