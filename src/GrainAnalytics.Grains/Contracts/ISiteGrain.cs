using Orleans.Concurrency;

namespace GrainAnalytics.Grains.Contracts;

/// <summary>One site; key: its number.</summary>
[Alias("ga.site")]
public interface ISiteGrain : IGrainWithIntegerKey
{
    /// <summary>The site's settings; null when there is no such site.</summary>
    [Alias("settings.v1")]
    ValueTask<SiteReply?> GetAsync();

    /// <summary>Says that somebody watches the site's live state, for the next <see cref="Live.LiveLease.Duration"/>.</summary>
    /// <returns>The state now.</returns>
    [Alias("watch.v1")]
    ValueTask<WatchReply> WatchAsync();

    /// <summary>Tells what a silo's commits changed. May be lost: a later one or the refresh heals it.</summary>
    [Alias("apply.v1"), OneWay]
    Task ApplyAsync(LiveUpdateWire update);
}

/// <summary>Settings of a site.</summary>
/// <param name="Name">What people call it.</param>
/// <param name="Domain">Its host name, or null.</param>
/// <param name="TimeZone">IANA name.</param>
[GenerateSerializer, Immutable, Alias("ga.site-reply.v1")]
public sealed record SiteReply([property: Id(0)] string Name, [property: Id(1)] string? Domain, [property: Id(2)] string TimeZone);

/// <summary>A site's live state, or why there is none.</summary>
/// <param name="View">The state; null when it could not be loaded.</param>
/// <param name="Problem">Why.</param>
[GenerateSerializer, Immutable, Alias("ga.watch-reply.v1")]
public sealed record WatchReply([property: Id(0)] LiveViewWire? View, [property: Id(1)] string? Problem);
