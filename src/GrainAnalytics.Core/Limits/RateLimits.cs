namespace GrainAnalytics.Core.Limits;

/// <summary>The buckets of this process's senders.</summary>
public sealed class RateLimits
{
    private const int MostKeys = 20_000;     // as many as the site directory remembers
    private const double BurstSeconds = 10;

    private readonly BucketTable<UInt128>? _addresses;
    private readonly BucketTable<string>? _keys;
    private readonly double _addressRate, _addressBurst, _keyRate, _keyBurst;

    /// <summary>Makes those buckets that the options ask for.</summary>
    public RateLimits(RateLimitOptions options, TimeProvider time)
    {
        (_addressRate, _addressBurst) = (options.AddressRequestsPerSecond, Burst(options.AddressBurst, options.AddressRequestsPerSecond));
        (_keyRate, _keyBurst) = (options.KeyEventsPerSecond, Burst(options.KeyBurst, options.KeyEventsPerSecond));
        if (_addressRate > 0) _addresses = new(_addressRate, _addressBurst, options.MaxAddresses, time);
        if (_keyRate > 0) _keys = new(_keyRate, _keyBurst, MostKeys, time, StringComparer.Ordinal);
    }

    /// <summary>True when addresses are limited.</summary>
    public bool LimitsAddresses => _addresses is not null;

    /// <summary>Counts a request of an address.</summary>
    /// <returns>Null when it may pass, else what to tell its sender.</returns>
    public LimitReport? TakeRequest(UInt128 address) => _addresses is null || _addresses.TryTake(address, 1, out var wait) ? null
        : LimitReport.OfBucket("address", "requests", _addressRate, _addressBurst, wait);

    /// <summary>Counts events of a key.</summary>
    /// <param name="key">The key, known to exist.</param>
    /// <param name="events">How many; 0 asks whether it may send any.</param>
    /// <returns>Null when they may pass, else what to tell their sender.</returns>
    public LimitReport? TakeEvents(string key, int events) => _keys is null || _keys.TryTake(key, events, out var wait) ? null
        : LimitReport.OfBucket("key", "events", _keyRate, _keyBurst, wait);

    /// <summary>Gives back events that something else refused.</summary>
    public void ReturnEvents(string key, int events) => _keys?.Return(key, events);

    private static double Burst(int burst, double perSecond) => Math.Max(1, burst > 0 ? burst : perSecond * BurstSeconds);
}
