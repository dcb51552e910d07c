using System.Buffers.Binary;
using GrainAnalytics.Core.Enrichment;
using GrainAnalytics.Core.Text;

namespace GrainAnalytics.Core.Events;

/// <summary>Parts of an event on their way into a block; every text is UTF-8 and already checked.</summary>
public ref struct EventParts
{
    /// <summary>Identity of the event.</summary>
    public EventKey Key;
    /// <summary>True when the id is the key's own lower-case text; <see cref="Id"/> is then not read.</summary>
    public bool IdIsKeyText;
    /// <summary>True when the event belongs to a session, has an anonymous id.</summary>
    public bool HasSession, HasAnonymousId;
    /// <summary>Unix microseconds.</summary>
    public long OccurredAt, ReceivedAt;
    /// <summary>Texts of at most 65,535 bytes.</summary>
    public ReadOnlySpan<byte> Id, Type, UserId, SessionId, AnonymousId;
    /// <summary>A JSON object.</summary>
    public ReadOnlySpan<byte> Payload;
    /// <summary>What <see cref="FactsWriter"/> wrote; empty for none.</summary>
    public ReadOnlySpan<byte> Facts;
}

/// <summary>Makes the block of an event and checks blocks that come from outside this process.</summary>
public static class EventEncoder
{
    /// <summary>Lays the parts out as <see cref="EncodedEvent"/> describes.</summary>
    public static EncodedEvent Encode(in EventParts parts)
    {
        var id = parts.IdIsKeyText ? default : parts.Id;
        var session = parts.HasSession ? parts.SessionId : default;
        var anonymous = parts.HasAnonymousId ? parts.AnonymousId : default;
        var block = GC.AllocateUninitializedArray<byte>(EncodedEvent.HeaderSize + id.Length + parts.Type.Length
            + parts.UserId.Length + session.Length + anonymous.Length + parts.Payload.Length
            + (parts.Facts.IsEmpty ? 0 : EncodedEvent.FactsHeaderSize + parts.Facts.Length));
        block[0] = parts.Facts.IsEmpty ? EncodedEvent.Version : EncodedEvent.VersionWithFacts;
        block[1] = (byte)((parts.IdIsKeyText ? EncodedEvent.CanonicalIdFlag : 0) | (parts.HasSession ? EncodedEvent.HasSessionFlag : 0)
            | (parts.HasAnonymousId ? EncodedEvent.HasAnonymousFlag : 0));
        var header = block.AsSpan();
        BinaryPrimitives.WriteInt32LittleEndian(header[12..], parts.Payload.Length);
        BinaryPrimitives.WriteInt64LittleEndian(header[16..], parts.OccurredAt);
        BinaryPrimitives.WriteInt64LittleEndian(header[24..], parts.ReceivedAt);
        parts.Key.Write(header[32..]);
        var body = header[EncodedEvent.HeaderSize..];
        Append(header[2..], id, ref body);
        Append(header[4..], parts.Type, ref body);
        Append(header[6..], parts.UserId, ref body);
        Append(header[8..], session, ref body);
        Append(header[10..], anonymous, ref body);
        parts.Payload.CopyTo(body);
        if (!parts.Facts.IsEmpty)
        {
            body = body[parts.Payload.Length..];
            BinaryPrimitives.WriteUInt16LittleEndian(body, checked((ushort)parts.Facts.Length));
            parts.Facts.CopyTo(body[EncodedEvent.FactsHeaderSize..]);
        }
        return new EncodedEvent(block);
    }

    /// <summary>Wraps a block read from a file or the network.</summary>
    /// <returns>False when the bytes are no whole block of a known version.</returns>
    public static bool TryDecode(byte[] block, out EncodedEvent decoded) =>
        TryDecode(block, 0, out decoded) && decoded.Size == block.Length;

    /// <summary>Wraps one of several blocks that stand behind each other.</summary>
    /// <param name="blocks">Holds them, and never changes.</param>
    /// <param name="start">Where the block begins.</param>
    /// <param name="decoded">The event; its size says where the next one begins.</param>
    /// <returns>False when no whole block of a known version begins there, or one that <see cref="Encode"/> would not have
    /// written: whatever is asked of a decoded event has an answer. Its texts may still be no UTF-8 and its payload no JSON;
    /// its facts are checked to the end.</returns>
    public static bool TryDecode(byte[] blocks, int start, out EncodedEvent decoded)
    {
        decoded = default;
        var block = blocks.AsSpan(start);
        if (block.Length < EncodedEvent.HeaderSize || block[0] is not (EncodedEvent.Version or EncodedEvent.VersionWithFacts)) return false;
        long expected = EncodedEvent.HeaderSize;
        for (var text = 0; text < 5; text++) expected += Length(block, text);
        var payload = BinaryPrimitives.ReadInt32LittleEndian(block[12..]);
        if (payload < 0 || expected + payload > block.Length || !IsSound(block)) return false;
        if (block[0] == EncodedEvent.VersionWithFacts && !HasSoundFacts(block[(int)(expected + payload)..])) return false;
        decoded = new EncodedEvent(blocks, start);
        return true;
    }

    // What the encoder never writes: unknown flags, flags that contradict the lengths, times that are no DateTime. Bytes that
    // got past a checksum must not throw in whoever reads the event.
    private static bool IsSound(ReadOnlySpan<byte> block)
    {
        var flags = block[1];
        return flags <= (EncodedEvent.CanonicalIdFlag | EncodedEvent.HasSessionFlag | EncodedEvent.HasAnonymousFlag)
            && ((flags & EncodedEvent.CanonicalIdFlag) == 0 || Length(block, 0) == 0)
            && ((flags & EncodedEvent.HasSessionFlag) != 0 || Length(block, 3) == 0)
            && ((flags & EncodedEvent.HasAnonymousFlag) != 0 || Length(block, 4) == 0)
            && Instant.IsDateTime(BinaryPrimitives.ReadInt64LittleEndian(block[16..]))
            && Instant.IsDateTime(BinaryPrimitives.ReadInt64LittleEndian(block[24..]));
    }

    private static bool HasSoundFacts(ReadOnlySpan<byte> rest)
    {
        if (rest.Length < EncodedEvent.FactsHeaderSize) return false;
        var length = BinaryPrimitives.ReadUInt16LittleEndian(rest);
        rest = rest[EncodedEvent.FactsHeaderSize..];
        return length > 0 && length <= rest.Length && EventFacts.IsSound(rest[..length]);
    }

    private static int Length(ReadOnlySpan<byte> block, int text) => BinaryPrimitives.ReadUInt16LittleEndian(block[(2 + 2 * text)..]);

    private static void Append(Span<byte> length, ReadOnlySpan<byte> text, ref Span<byte> body)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(length, checked((ushort)text.Length));
        text.CopyTo(body);
        body = body[text.Length..];
    }
}
