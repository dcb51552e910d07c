using Microsoft.Extensions.Logging;

namespace GrainAnalytics.Core;

internal static partial class Log   // Core: 1000-1999
{
    [LoggerMessage(1001, LogLevel.Warning, "Write of {Events} events failed at attempt {Attempt}; they stay queued")]
    public static partial void WriteFailed(this ILogger logger, Exception error, int events, int attempt);

    [LoggerMessage(1002, LogLevel.Warning, "The database refuses data in a batch of {Events} events, which is split to find it: {Reason}")]
    public static partial void SplittingBatch(this ILogger logger, int events, string reason);

    [LoggerMessage(1003, LogLevel.Error, "An event of site {SiteId} was refused by the database and set aside: {Reason}")]
    public static partial void SetAside(this ILogger logger, int siteId, string reason);

    [LoggerMessage(1004, LogLevel.Debug, "Let go of {Users} idle users; {Left} stay in memory")]
    public static partial void ReleasedIdle(this ILogger logger, int users, int left);

    [LoggerMessage(1005, LogLevel.Warning, "A live update of site {SiteId} was lost; the next refresh makes up for it")]
    public static partial void LiveUpdateLost(this ILogger logger, Exception error, int siteId);

    [LoggerMessage(1006, LogLevel.Warning, "Live counters of site {SiteId} could not be read; it is tried again every second")]
    public static partial void LiveReadFailed(this ILogger logger, Exception error, int siteId);

    [LoggerMessage(1007, LogLevel.Warning, "The live subscription of site {SiteId} did not end as it should")]
    public static partial void LiveEndFailed(this ILogger logger, Exception error, int siteId);

    [LoggerMessage(1020, LogLevel.Warning, "The use of site {SiteId}'s quota could not be written; its events pass on credit: {Reason}")]
    public static partial void QuotaOnCredit(this ILogger logger, int siteId, string reason);

    [LoggerMessage(1021, LogLevel.Warning, "The unused part of site {SiteId}'s quota could not be given back; the site misses it today: {Reason}")]
    public static partial void QuotaNotReturned(this ILogger logger, int siteId, string reason);

    [LoggerMessage(1022, LogLevel.Warning, "Nobody could be asked for the quota of site {SiteId}; its events pass and are counted later: {Reason}")]
    public static partial void QuotaNotAsked(this ILogger logger, int siteId, string reason);
}
