using Orleans.Concurrency;

namespace GrainAnalytics.Grains.Contracts;

/// <summary>One site; key: its number.</summary>
[Alias("ga.site")]
public interface ISiteGrain : IGrainWithIntegerKey
{
    /// <summary>The site's settings; null when there is no such site.</summary>
    [Alias("settings.v1")]
    ValueTask<SiteReply?> GetAsync();

    /// <summary>The site with its keys and today's use of its quota.</summary>
    [Alias("details.v1")]
    ValueTask<SiteDetailsReply> GetDetailsAsync();

    /// <summary>Whether a key is the site's, and what it may do.</summary>
    /// <param name="hash">The key's SHA-256.</param>
    [Alias("find-key.v1")]
    ValueTask<FindKeyReply> FindKeyAsync(byte[] hash);

    /// <summary>Gives the site a key, and has all silos forget what they remember of the site; harmless to repeat.</summary>
    [Alias("add-key.v1")]
    ValueTask<SiteChangeReply> AddKeyAsync(SiteKeyWire key);

    /// <summary>Takes a key from the site, and has all silos forget what they remember of it.</summary>
    /// <param name="hash">The key's SHA-256.</param>
    [Alias("remove-key.v1")]
    ValueTask<SiteChangeReply> RemoveKeyAsync(byte[] hash);

    /// <summary>Sets how much the site may send, and has all silos forget what they remember of it.</summary>
    /// <param name="eventsPerDay">Null: any number.</param>
    /// <param name="eventsPerSecond">Null: any number.</param>
    [Alias("set-quota.v1")]
    ValueTask<SiteChangeReply> SetQuotaAsync(long? eventsPerDay, int? eventsPerSecond);

    /// <summary>Has all silos forget what they remember of the site and its keys, after something else changed them.</summary>
    /// <returns>True.</returns>
    [Alias("announce.v1")]
    ValueTask<bool> AnnounceAsync();

    /// <summary>Asks for leave to take events; see Core's QuotaAsk. Called when a front's lease ends, not with every request.</summary>
    [Alias("lease.v1")]
    ValueTask<LeaseReply> LeaseAsync(LeaseAsk ask);

    /// <summary>Says that somebody watches the site's live state, for the next <see cref="Live.LiveLease.Duration"/>.</summary>
    /// <returns>The state now.</returns>
    [Alias("watch.v1")]
    ValueTask<WatchReply> WatchAsync();

    /// <summary>Has the live state begin again from the store, without users who were erased; see Core's ILiveReset.</summary>
    /// <returns>The state then; nothing when nobody watches.</returns>
    [Alias("reset-live.v1")]
    ValueTask<WatchReply> ResetLiveAsync(ulong[] users, long erasedAt);

    /// <summary>Tells what a silo's commits changed. May be lost: a later one or the refresh heals it.</summary>
    [Alias("apply.v1"), OneWay]
    Task ApplyAsync(LiveUpdateWire update);
}

/// <summary>Settings of a site.</summary>
/// <param name="Name">What people call it.</param>
/// <param name="Domain">Its host name, or null.</param>
/// <param name="TimeZone">What Core's SiteClock is made from.</param>
/// <param name="EventsPerDay">Its quota of a day; null: any number.</param>
/// <param name="EventsPerSecond">Its quota of a second; null: any number.</param>
[GenerateSerializer, Immutable, Alias("ga.site-reply.v1")]
public sealed record SiteReply([property: Id(0)] string Name, [property: Id(1)] string? Domain, [property: Id(2)] string TimeZone,
    [property: Id(3)] long? EventsPerDay, [property: Id(4)] int? EventsPerSecond);

/// <summary>A site's live state, or why there is none.</summary>
/// <param name="View">The state; null when it could not be loaded.</param>
/// <param name="Problem">Why.</param>
[GenerateSerializer, Immutable, Alias("ga.watch-reply.v1")]
public sealed record WatchReply([property: Id(0)] LiveViewWire? View, [property: Id(1)] string? Problem);
