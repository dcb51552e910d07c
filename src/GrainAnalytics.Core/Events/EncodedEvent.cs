using System.Buffers.Binary;
using System.Text;
using GrainAnalytics.Core.Text;

namespace GrainAnalytics.Core.Events;

/// <summary>One accepted event as one immutable block of bytes, encoded once at the edge: the same bytes wait in the write
/// buffer, stand in a timeline and travel between nodes.</summary>
/// <remarks>
/// Little-endian: 0 version u8 · 1 flags u8 · 2 lengths of id, type, user, session, anonymous id (5 × u16) ·
/// 12 payload length i32 · 16 occurredAt i64 · 24 receivedAt i64 (Unix microseconds) · 32 key (16 bytes, big-endian) ·
/// 48 the texts in that order, UTF-8, then the payload. An id that is the key's own text is not stored (length 0).
/// Version 1 ends here. Version 2 has facts behind the payload, their length (u16) before them: a shorter copy of the block,
/// with its version set to 1, is the same event without them.
/// </remarks>
public readonly struct EncodedEvent : IEquatable<EncodedEvent>
{
    internal const int HeaderSize = 48, FactsHeaderSize = 2;
    internal const byte Version = 1, VersionWithFacts = 2, HasSessionFlag = 2, HasAnonymousFlag = 4, CanonicalIdFlag = 1;

    private readonly byte[] _buffer;
    private readonly int _start;

    /// <summary>Reads a block that <see cref="EventEncoder"/> made.</summary>
    /// <param name="buffer">Holds the block, and nothing in it ever changes.</param>
    /// <param name="start">Where the block begins; its header says where it ends.</param>
    public EncodedEvent(byte[] buffer, int start = 0) => (_buffer, _start) = (buffer, start);

    /// <summary>The block.</summary>
    public ReadOnlyMemory<byte> Block => _buffer.AsMemory(_start, Size);

    /// <summary>Bytes of the block.</summary>
    public int Size => HasFacts ? SizeWithoutFacts + FactsHeaderSize + FactsSize : SizeWithoutFacts;

    /// <summary>Bytes of the block that <see cref="WithoutFacts"/> has.</summary>
    public int SizeWithoutFacts => HeaderSize + TextsBefore(5) + PayloadSize;

    /// <summary>True for a default value, which is no event.</summary>
    public bool IsEmpty => _buffer is null;

    /// <summary>What decides whether two events are the same.</summary>
    public EventKey Key => EventKey.Read(At(32));

    /// <summary>When it happened, Unix microseconds, after correction of the sender's clock.</summary>
    public long OccurredAt => BinaryPrimitives.ReadInt64LittleEndian(At(16));

    /// <summary>When it arrived here, Unix microseconds.</summary>
    public long ReceivedAt => BinaryPrimitives.ReadInt64LittleEndian(At(24));

    /// <summary>True when the event id is the lower-case text of <see cref="Key"/> and has no bytes of its own.</summary>
    public bool IdIsKeyText => (_buffer[_start + 1] & CanonicalIdFlag) != 0;

    /// <summary>True when the event belongs to a session.</summary>
    public bool HasSession => (_buffer[_start + 1] & HasSessionFlag) != 0;

    /// <summary>True when it names an anonymous id beside its user.</summary>
    public bool HasAnonymousId => (_buffer[_start + 1] & HasAnonymousFlag) != 0;

    /// <summary>The id as the sender wrote it, or empty when <see cref="IdIsKeyText"/>.</summary>
    public ReadOnlyMemory<byte> IdBytes => Text(0);

    /// <summary>The type, 1 to 200 characters.</summary>
    public ReadOnlyMemory<byte> Type => Text(1);

    /// <summary>The user, 1 to 200 characters.</summary>
    public ReadOnlyMemory<byte> UserId => Text(2);

    /// <summary>The session, or empty when <see cref="HasSession"/> is false.</summary>
    public ReadOnlyMemory<byte> SessionId => Text(3);

    /// <summary>The anonymous id, or empty when <see cref="HasAnonymousId"/> is false.</summary>
    public ReadOnlyMemory<byte> AnonymousId => Text(4);

    /// <summary>The payload, a JSON object in the sender's own bytes.</summary>
    public ReadOnlyMemory<byte> Payload => _buffer.AsMemory(_start + HeaderSize + TextsBefore(5), PayloadSize);

    /// <summary>What was found out about it at the edge, see <see cref="Enrichment.EventFacts"/>; empty for none, and for what comes from the store.</summary>
    public ReadOnlyMemory<byte> Facts => HasFacts ? _buffer.AsMemory(_start + SizeWithoutFacts + FactsHeaderSize, FactsSize) : default;

    /// <summary>True when there are facts.</summary>
    public bool HasFacts => _buffer[_start] == VersionWithFacts;

    /// <summary>The user as a string.</summary>
    public string UserIdText => Encoding.UTF8.GetString(UserId.Span);

    /// <summary>The event id as the sender wrote it.</summary>
    public string IdText
    {
        get
        {
            Span<byte> buffer = stackalloc byte[UuidText.Length];
            return Encoding.UTF8.GetString(IdSpan(buffer));
        }
    }

    /// <summary>The event id as the sender wrote it, without allocating.</summary>
    /// <param name="scratch">At least 36 bytes; holds the id when it is not in the block.</param>
    public ReadOnlySpan<byte> IdSpan(Span<byte> scratch)
    {
        if (!IdIsKeyText) return IdBytes.Span;
        UuidText.Write(Key, scratch);
        return scratch[..UuidText.Length];
    }

    /// <summary>The same event in a block of its own without facts, or this one when it has none.</summary>
    public EncodedEvent WithoutFacts()
    {
        if (!HasFacts) return this;
        var block = GC.AllocateUninitializedArray<byte>(SizeWithoutFacts);
        CopyWithoutFacts(block);
        return new EncodedEvent(block);
    }

    /// <summary>Writes the block of the same event without facts.</summary>
    /// <param name="destination">At least <see cref="SizeWithoutFacts"/> bytes.</param>
    public void CopyWithoutFacts(Span<byte> destination)
    {
        _buffer.AsSpan(_start, SizeWithoutFacts).CopyTo(destination);
        destination[0] = Version;
    }

    /// <summary>The same bytes, facts apart: memory of a user keeps events without theirs.</summary>
    public bool Equals(EncodedEvent other) => IsEmpty || other.IsEmpty ? IsEmpty == other.IsEmpty : Compared.SequenceEqual(other.Compared);
    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is EncodedEvent other && Equals(other);
    /// <inheritdoc/>
    public override int GetHashCode() => IsEmpty ? 0 : Key.GetHashCode();
    /// <summary>As <see cref="Equals(EncodedEvent)"/>.</summary>
    public static bool operator ==(EncodedEvent left, EncodedEvent right) => left.Equals(right);
    /// <summary>Not as <see cref="Equals(EncodedEvent)"/>.</summary>
    public static bool operator !=(EncodedEvent left, EncodedEvent right) => !left.Equals(right);

    // All but the version, which only says whether there are facts.
    private ReadOnlySpan<byte> Compared => _buffer.AsSpan(_start + 1, SizeWithoutFacts - 1);

    private int FactsSize => BinaryPrimitives.ReadUInt16LittleEndian(At(SizeWithoutFacts));

    private int PayloadSize => BinaryPrimitives.ReadInt32LittleEndian(At(12));

    private ReadOnlySpan<byte> At(int offset) => _buffer.AsSpan(_start + offset);

    private int Length(int text) => BinaryPrimitives.ReadUInt16LittleEndian(At(2 + 2 * text));

    private int TextsBefore(int text)
    {
        var sum = 0;
        for (var i = 0; i < text; i++) sum += Length(i);
        return sum;
    }

    private ReadOnlyMemory<byte> Text(int text) => _buffer.AsMemory(_start + HeaderSize + TextsBefore(text), Length(text));
}
