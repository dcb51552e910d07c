using GrainAnalytics.Core.Counters;
using GrainAnalytics.Core.Live;

namespace GrainAnalytics.Grains.Contracts;

/// <summary>Core's LiveUpdate on its way from a silo to a site's grain.</summary>
[GenerateSerializer, Immutable, Alias("ga.live-update.v1")]
public sealed record LiveUpdateWire(
    [property: Id(0)] int SiteId, [property: Id(1)] CounterWire[] Counters, [property: Id(2)] EventList Latest,
    [property: Id(3)] ulong[] UserHashes, [property: Id(4)] long[] UsersSeenAt, [property: Id(5)] bool MustReadCounters)
{
    internal static LiveUpdateWire Of(LiveUpdate update) => new(update.SiteId,
        [.. update.Counters.Select(c => new CounterWire(c.Day.DayNumber, c.Hour, c.Type, c.Shard, c.Total, c.Version))],
        new EventList(update.Latest), [.. update.Users.Select(u => u.Hash)], [.. update.Users.Select(u => u.At)], update.MustReadCounters);

    internal LiveUpdate ToUpdate() => new(SiteId,
        [.. Counters.Select(c => new CounterUpdate(SiteId, DateOnly.FromDayNumber(c.DayNumber), c.Hour, c.Type, c.Shard, c.Total, c.Version))],
        Latest.Events, [.. UserHashes.Zip(UsersSeenAt, (hash, at) => new SeenUser(hash, at))], MustReadCounters);
}

/// <summary>Core's CounterUpdate, without its site.</summary>
[GenerateSerializer, Immutable, Alias("ga.counter.v1")]
public readonly record struct CounterWire(
    [property: Id(0)] int DayNumber, [property: Id(1)] long Hour, [property: Id(2)] string Type, [property: Id(3)] short Shard,
    [property: Id(4)] long Total, [property: Id(5)] long Version);

/// <summary>Core's LiveView on its way from a site's grain to the front silos.</summary>
[GenerateSerializer, Immutable, Alias("ga.live-view.v1")]
public sealed record LiveViewWire(
    [property: Id(0)] int SiteId, [property: Id(1)] long Epoch, [property: Id(2)] long Sequence, [property: Id(3)] int DayNumber,
    [property: Id(4)] long ActiveUsers, [property: Id(5)] long ActiveNow, [property: Id(6)] TotalWire[] Types,
    [property: Id(7)] EventList Latest, [property: Id(8)] long[] LatestAddedAt, [property: Id(9)] string? TimeZone)
{
    internal static LiveViewWire Of(LiveView view) => new(view.SiteId, view.Epoch, view.Sequence, view.Day.DayNumber, view.ActiveUsers,
        view.ActiveNow, [.. view.Types.Select(t => new TotalWire(t.Type, t.Count, t.ChangedAt))],
        new EventList([.. view.Latest.Select(e => e.Event)]), [.. view.Latest.Select(e => e.AddedAt)], view.TimeZone);

    internal LiveView ToView() => new(SiteId, Epoch, Sequence, DateOnly.FromDayNumber(DayNumber), ActiveUsers, ActiveNow,
        [.. Types.Select(t => new LiveTotal(t.Type, t.Count, t.ChangedAt))],
        [.. Latest.Events.Zip(LatestAddedAt, (value, at) => new LiveEvent(value, at))]) { TimeZone = TimeZone };
}

/// <summary>Core's LiveTotal.</summary>
[GenerateSerializer, Immutable, Alias("ga.live-total.v1")]
public readonly record struct TotalWire([property: Id(0)] string Type, [property: Id(1)] long Count, [property: Id(2)] long ChangedAt);
