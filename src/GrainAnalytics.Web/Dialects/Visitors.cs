using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;

namespace GrainAnalytics.Web.Dialects;

/// <summary>Somebody whose SDK sends no id.</summary>
/// <param name="Id">The same for one address and user agent on one day of the site.</param>
/// <param name="Visit">The same until they are silent for half an hour.</param>
internal readonly record struct Visitor(EventKey Id, EventKey Visit);

/// <summary>Tells visitors of SDKs apart that send no id: by a hash of their address and user agent with the day's key, which is random, the
/// same on all servers, and forgotten when the day is over, so that nobody can be found again or known on two days.</summary>
/// <remarks>When a visit began is this process's own memory: of several servers each may begin one.</remarks>
internal sealed class Visitors
{
    private const long Silence = 30 * 60 * Instant.Second;
    private const int MostVisits = 100_000, LongestAgent = 512;

    private readonly Lock _gate = new();
    private readonly byte[] _tokenKey = RandomNumberGenerator.GetBytes(32);
    // In two halves: what nobody asked for while the newer one filled up, or for half an hour, is forgotten with the older.
    private Dictionary<EventKey, (EventKey Visit, long LastSeen)> _visits = [], _olderVisits = [];
    private long _turnedAt;

    /// <summary>The visitor of an address and a user agent.</summary>
    /// <param name="site">Where.</param>
    /// <param name="address">The client's.</param>
    /// <param name="agent">Its User-Agent.</param>
    /// <param name="at">Now, Unix microseconds.</param>
    /// <param name="salt">The day's key.</param>
    public Visitor Of(Site site, IPAddress? address, string agent, long at, byte[] salt)
    {
        if (agent.Length > LongestAgent) agent = agent[..LongestAgent];
        Span<byte> text = stackalloc byte[4 + 16 + 3 * LongestAgent];
        BinaryPrimitives.WriteInt32LittleEndian(text, site.Id);
        (address?.MapToIPv6() ?? IPAddress.IPv6None).TryWriteBytes(text[4..], out _);
        var length = 20 + Encoding.UTF8.GetBytes(agent, text[20..]);
        var id = Hash(salt, text[..length]);
        return new Visitor(id, VisitOf(id, null, at));
    }

    /// <summary>What a client may send along with its next event to be the same visitor on the same visit, whatever its address is then.</summary>
    public string TokenOf(Site site, Visitor visitor, long at)
    {
        Span<byte> token = stackalloc byte[56];
        WriteToken(token, site, visitor, at);
        return Convert.ToBase64String(token);
    }

    /// <summary>The visitor of a token of this process that is less than half an hour old.</summary>
    public bool TryReadToken(Site site, string token, long at, out Visitor visitor)
    {
        visitor = default;
        Span<byte> sent = stackalloc byte[56], own = stackalloc byte[56];
        if (!Convert.TryFromBase64String(token, sent, out var length) || length != 56) return false;
        visitor = new Visitor(EventKey.Read(sent), EventKey.Read(sent[16..]));
        var madeAt = BinaryPrimitives.ReadInt64LittleEndian(sent[32..]);
        WriteToken(own, site, visitor, madeAt);
        if (!CryptographicOperations.FixedTimeEquals(own, sent) || at - madeAt >= Silence) return false;
        VisitOf(visitor.Id, visitor.Visit, at);
        return true;
    }

    private void WriteToken(Span<byte> token, Site site, Visitor visitor, long at)
    {
        visitor.Id.Write(token);
        visitor.Visit.Write(token[16..]);
        BinaryPrimitives.WriteInt64LittleEndian(token[32..], at);
        Span<byte> signed = stackalloc byte[44];
        token[..40].CopyTo(signed);
        BinaryPrimitives.WriteInt32LittleEndian(signed[40..], site.Id);
        Hash(_tokenKey, signed).Write(token[40..]);
    }

    private EventKey VisitOf(EventKey id, EventKey? known, long at)
    {
        lock (_gate)
        {
            if (_visits.Count >= MostVisits || at - _turnedAt > Silence) (_olderVisits, _visits, _turnedAt) = (_visits, [], at);
            if (known is null && (_visits.TryGetValue(id, out var last) || _olderVisits.TryGetValue(id, out last)) && at - last.LastSeen < Silence) known = last.Visit;
            var visit = known ?? UuidText.NewVersion7(at);
            _visits[id] = (visit, at);
            return visit;
        }
    }

    private static EventKey Hash(byte[] key, ReadOnlySpan<byte> text)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, text, hash);
        return EventKey.Read(hash);
    }
}
