using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using GrainAnalytics.Core.Text;

namespace GrainAnalytics.Core.Signing;

/// <summary>Checks one request's signature while its body is read: HMAC-SHA256, with the key's signing secret, over the
/// timestamp, a full stop and the body as it was sent.</summary>
public sealed class SignatureCheck : IDisposable
{
    private const string Version = "v1=";
    private const int MostSignatures = 4;       // an old and a new secret's, with room

    private readonly IncrementalHash _hash;
    private readonly List<byte[]> _claimed;

    private SignatureCheck(string secret, string timestamp, List<byte[]> claimed)
    {
        _claimed = claimed;
        _hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.ASCII.GetBytes(secret));
        _hash.AppendData(Encoding.ASCII.GetBytes(timestamp));
        _hash.AppendData("."u8);
    }

    /// <summary>Begins, or says what is wrong before the body is even read.</summary>
    /// <param name="signing">What the key's requests are signed with.</param>
    /// <param name="sent">What came.</param>
    /// <param name="receivedAt">Arrival, Unix microseconds.</param>
    /// <param name="window">How far the timestamp may be from the arrival, either way.</param>
    /// <param name="fault">For people, when the result is null.</param>
    public static SignatureCheck? TryBegin(KeySigning signing, RequestSignature sent, long receivedAt, TimeSpan window, out string fault)
    {
        if (sent.Signature.Length == 0) fault = "X-Signature is missing.";
        else if (sent.Timestamp.Length == 0) fault = "X-Signature-Timestamp is missing.";
        else if (!TryParse(sent.Signature, out var claimed)) fault = $"X-Signature must be {Version} and 64 hexadecimal digits; up to {MostSignatures} of them, separated by commas.";
        else if (!TryParseSeconds(sent.Timestamp, out var seconds)) fault = "X-Signature-Timestamp must be Unix seconds, such as 1767225600.";
        else if (Math.Abs(receivedAt - seconds * Instant.Second) > window.Ticks / TimeSpan.TicksPerMicrosecond)
            fault = $"X-Signature-Timestamp is more than {window.TotalSeconds:0} s from the server's clock.";
        else
        {
            fault = "";
            return new SignatureCheck(signing.Secret, sent.Timestamp, claimed);
        }
        return null;
    }

    /// <summary>Takes the next bytes of the body as they were sent.</summary>
    public void Append(ReadOnlySpan<byte> bytes) => _hash.AppendData(bytes);

    /// <summary>True when one of the signatures is right. The time it takes says nothing of how much of it was.</summary>
    public bool IsGenuine()
    {
        Span<byte> expected = stackalloc byte[SHA256.HashSizeInBytes];
        _hash.GetHashAndReset(expected);
        var isGenuine = false;
        foreach (var claimed in _claimed) isGenuine |= CryptographicOperations.FixedTimeEquals(claimed, expected);
        return isGenuine;
    }

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();

    private static bool TryParse(string text, out List<byte[]> claimed)
    {
        claimed = [];
        if (text.Length > MostSignatures * (Version.Length + 2 * SHA256.HashSizeInBytes + 8)) return false;
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (claimed.Count == MostSignatures || part.Length != Version.Length + 2 * SHA256.HashSizeInBytes
                || !part.StartsWith(Version, StringComparison.Ordinal)) return false;
            var bytes = new byte[SHA256.HashSizeInBytes];
            if (Convert.FromHexString(part.AsSpan(Version.Length), bytes, out _, out _) != System.Buffers.OperationStatus.Done) return false;
            claimed.Add(bytes);
        }
        return true;
    }

    // Only digits: what is signed is the text, and no two texts shall be the same time.
    private static bool TryParseSeconds(string text, out long seconds)
    {
        seconds = 0;
        return text.Length is > 0 and <= 11 && text[0] != '0' && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out seconds);
    }
}
