using System.Net;
using System.Net.Sockets;

namespace GrainAnalytics.OrleansDashboard.Access;

/// <summary>Bounds how often an address may be wrong about the token: a few times at once, then once in a while.</summary>
internal sealed class Guesses(TimeProvider time)
{
    /// <summary>Wrong tokens that an address may send in a row.</summary>
    public const int AtOnce = 5;

    /// <summary>Time after which it may send another.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    private const int MaxAddresses = 10_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, DateTimeOffset> _freeAt = [];

    /// <summary>Takes a guess before its outcome is known, so that many at the same time are counted too.</summary>
    /// <returns>Zero, or how long the address must wait.</returns>
    public TimeSpan Take(IPAddress? address)
    {
        var key = Group(address);
        lock (_lock)
        {
            var now = time.GetUtcNow();
            if (_freeAt.Count >= MaxAddresses && !_freeAt.ContainsKey(key)) key = MakeRoom(now, key);
            var freeAt = _freeAt.TryGetValue(key, out var known) && known > now ? known : now;
            var wait = freeAt + Every - now - Every * AtOnce;
            if (wait > TimeSpan.Zero) return wait;
            _freeAt[key] = freeAt + Every;
            return TimeSpan.Zero;
        }
    }

    /// <summary>Returns a guess that was right.</summary>
    public void GiveBack(IPAddress? address)
    {
        var key = Group(address);
        lock (_lock) if (_freeAt.TryGetValue(key, out var freeAt)) _freeAt[key] = freeAt - Every;
    }

    // With that many addresses at work, those that are new share one allowance.
    private IPAddress MakeRoom(DateTimeOffset now, IPAddress key)
    {
        foreach (var (address, freeAt) in _freeAt) if (freeAt <= now) _freeAt.Remove(address);
        return _freeAt.Count < MaxAddresses ? key : IPAddress.None;
    }

    // Who has one IPv6 address has the other 2^64 of its network too.
    private static IPAddress Group(IPAddress? address)
    {
        if (address is null) return IPAddress.None;
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6) return address;
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bytes[8..].Clear();
        return new IPAddress(bytes);
    }
}
