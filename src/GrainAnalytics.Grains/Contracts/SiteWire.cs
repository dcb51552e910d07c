using GrainAnalytics.Core.Limits;
using GrainAnalytics.Core.Quotas;
using GrainAnalytics.Core.Sites;

namespace GrainAnalytics.Grains.Contracts;

/// <summary>A key; see Core's SiteKey.</summary>
/// <param name="Hash">Its SHA-256.</param>
/// <param name="MayRead">True for an API key, false for a write key.</param>
[GenerateSerializer, Immutable, Alias("ga.site-key.v1")]
public sealed record SiteKeyWire([property: Id(0)] byte[] Hash, [property: Id(1)] bool MayRead);

/// <summary>A site with what belongs to it; see Core's SiteDetails.</summary>
/// <param name="Site">Its settings; null when there is no such site.</param>
/// <param name="Keys">Its keys, oldest first.</param>
/// <param name="DayNumber">Its local day now.</param>
/// <param name="UsedToday">Events granted of the day's quota; null without one, or when the database did not say.</param>
/// <param name="StoreProblem">Set when the database did not answer; the rest is empty then.</param>
[GenerateSerializer, Immutable, Alias("ga.site-details.v1")]
public sealed record SiteDetailsReply([property: Id(0)] SiteReply? Site, [property: Id(1)] SiteKeyWire[] Keys, [property: Id(2)] int DayNumber,
    [property: Id(3)] long? UsedToday, [property: Id(4)] string? StoreProblem);

/// <summary>A key that was looked for.</summary>
/// <param name="Key">The key; null when it is not the site's.</param>
/// <param name="StoreProblem">Set when the database did not answer.</param>
[GenerateSerializer, Immutable, Alias("ga.find-key.v1")]
public sealed record FindKeyReply([property: Id(0)] SiteKeyWire? Key, [property: Id(1)] string? StoreProblem);

/// <summary>What became of a change of a site.</summary>
/// <param name="HasSite">False when there is no such site.</param>
/// <param name="IsDone">True when it is now as it was asked for.</param>
/// <param name="StoreProblem">Set when the database did not answer.</param>
[GenerateSerializer, Immutable, Alias("ga.site-change.v1")]
public sealed record SiteChangeReply([property: Id(0)] bool HasSite, [property: Id(1)] bool IsDone, [property: Id(2)] string? StoreProblem);

/// <summary>A front asks for leave to take events; see Core's QuotaAsk.</summary>
[GenerateSerializer, Immutable, Alias("ga.lease-ask.v1")]
public sealed record LeaseAsk([property: Id(0)] long Needed, [property: Id(1)] long Wanted, [property: Id(2)] long Unspent, [property: Id(3)] int UnspentOf, [property: Id(4)] long Owed);

/// <summary>The answer; see Core's QuotaGrant.</summary>
[GenerateSerializer, Immutable, Alias("ga.lease-reply.v1")]
public sealed record LeaseReply([property: Id(0)] long Events, [property: Id(1)] int Day, [property: Id(2)] TimeSpan For, [property: Id(3)] LeaseRefusal? Refusal,
    [property: Id(4)] string? Problem);

/// <summary>Why events were not granted; see Core's LimitReport.</summary>
[GenerateSerializer, Immutable, Alias("ga.lease-refusal.v1")]
public sealed record LeaseRefusal([property: Id(0)] string Policy, [property: Id(1)] string Unit, [property: Id(2)] long Quota, [property: Id(3)] TimeSpan? Window,
    [property: Id(4)] long Left, [property: Id(5)] TimeSpan Reset);

/// <summary>Between Core's types and their form on the wire.</summary>
internal static class SiteWire
{
    public static SiteReply Of(Site site) => new(site.Name, site.Domain, site.Clock.Zones, site.Quota.EventsPerDay, site.Quota.EventsPerSecond);

    public static SiteKeyWire Of(SiteKey key) => new(key.Hash, key.Kind == KeyKind.Api);

    public static SiteKey ToKey(this SiteKeyWire key) => new(key.Hash, key.MayRead ? KeyKind.Api : KeyKind.Write);

    public static SiteDetails? ToDetails(this SiteDetailsReply reply, int siteId) => reply.Site is not { } site ? null : new(
        new Site(siteId, site.Name, site.Domain, new SiteClock(site.TimeZone)) { Quota = new SiteQuota(site.EventsPerDay, site.EventsPerSecond) },
        Array.ConvertAll(reply.Keys, ToKey), DateOnly.FromDayNumber(reply.DayNumber), reply.UsedToday);

    public static LeaseAsk Of(QuotaAsk ask) => new(ask.Needed, ask.Wanted, ask.Unspent, ask.UnspentOf, ask.Owed);

    public static QuotaAsk ToAsk(this LeaseAsk ask) => new(ask.Needed, ask.Wanted, ask.Unspent, ask.UnspentOf, ask.Owed);

    public static LeaseReply Of(QuotaGrant grant) => new(grant.Events, grant.Day, grant.For, grant.Refusal is { } refusal
        ? new LeaseRefusal(refusal.Policy, refusal.Unit, refusal.Quota, refusal.Window, refusal.Left, refusal.Reset) : null, null);

    public static QuotaGrant ToGrant(this LeaseReply reply) => new(reply.Events, reply.Day, reply.For, reply.Refusal is { } refusal
        ? new LimitReport(refusal.Policy, refusal.Unit, refusal.Quota, refusal.Window, refusal.Left, refusal.Reset) : null);
}
