using System.ComponentModel.DataAnnotations;

namespace GrainAnalytics.Core.Limits;

/// <summary>How much one sender may send to this process; section <c>RateLimits</c>. All off by default.</summary>
/// <remarks>Both are buckets of tokens: so many come back a second, and a sender that was quiet may use a burst at once. A process
/// counts for itself: behind a balancer that spreads a sender over N servers it may send N times as much.</remarks>
public sealed class RateLimitOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "RateLimits";

    /// <summary>Requests a second of one client address, to anything but the operations endpoints. An IPv6 client is its /64.</summary>
    /// <value>Default 0: not limited. For a public site 20. Beyond it 429.</value>
    [Range(0, 1_000_000)]
    public double AddressRequestsPerSecond { get; set; }

    /// <summary>Requests that an address which was quiet may send at once.</summary>
    /// <value>Default 0: ten seconds' worth.</value>
    [Range(0, 10_000_000)]
    public int AddressBurst { get; set; }

    /// <summary>Events a second with one key.</summary>
    /// <value>Default 0: not limited. For a public site about a third of what the server can store. Beyond it 429.</value>
    [Range(0, 10_000_000)]
    public double KeyEventsPerSecond { get; set; }

    /// <summary>Events that a key which was quiet may send at once. A single request may have more: it is paid off afterwards.</summary>
    /// <value>Default 0: ten seconds' worth.</value>
    [Range(0, 100_000_000)]
    public int KeyBurst { get; set; }

    /// <summary>Client addresses that are remembered; those that were quiet long enough are forgotten.</summary>
    /// <value>Default 100,000, about 100 bytes each. When more are busy at once, further ones are not limited.</value>
    [Range(100, 10_000_000)]
    public int MaxAddresses { get; set; } = 100_000;
}
