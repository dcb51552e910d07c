using System.Security.Cryptography;
using GrainAnalytics.Core.Events;

namespace GrainAnalytics.Core.DeadLetters;

/// <summary>What makes two dead letters of a site the same: a row or an event that is sent again and again is kept once, and
/// two different ones with the same event id are kept both.</summary>
public static class LetterDigest
{
    // A form's own first byte: a row cannot be made to look like an event.
    private const byte RowMark = (byte)'r', EventMark = (byte)'e';
    private const int ArrivalAt = 24, ArrivalSize = 8;

    /// <summary>Digest of a row.</summary>
    public static EventKey Of(RejectedRow row) => Of(RowMark, row.Bytes, []);

    /// <summary>Digest of an event: of everything but its arrival and its facts, which are another sender's at another try.</summary>
    public static EventKey Of(EncodedEvent value)
    {
        var block = value.WithoutFacts().Block.Span;
        return Of(EventMark, block[..ArrivalAt], block[(ArrivalAt + ArrivalSize)..]);
    }

    private static EventKey Of(byte mark, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData([mark]);
        hash.AppendData(first);
        hash.AppendData(second);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(digest);
        return EventKey.Read(digest);
    }
}
