using Microsoft.Extensions.Logging;

namespace GrainAnalytics.PostgreSql;

internal static partial class Log   // PostgreSql: 3000-3999
{
    [LoggerMessage(3001, LogLevel.Information, "Applied migration {File}")]
    public static partial void Migrated(this ILogger logger, string file);

    [LoggerMessage(3002, LogLevel.Information, "Made {Count} partitions, up to {Last}")]
    public static partial void PartitionsMade(this ILogger logger, int count, string last);

    [LoggerMessage(3003, LogLevel.Warning, "The database is not ready: {Reason}; trying again")]
    public static partial void DatabaseNotReady(this ILogger logger, string reason);

    [LoggerMessage(3004, LogLevel.Warning, "The first site keeps its time zone {TimeZone}; the configured one would move its days")]
    public static partial void TimeZoneKept(this ILogger logger, string timeZone);

    [LoggerMessage(3005, LogLevel.Warning, "Partitions could not be made; the next try is in an hour")]
    public static partial void PartitionsFailed(this ILogger logger, Exception error);

    [LoggerMessage(3010, LogLevel.Warning, "Dead letters were not cleaned up; the next try is in an hour")]
    public static partial void LettersNotCleaned(this ILogger logger, Exception error);

    [LoggerMessage(3011, LogLevel.Warning, "Rollups could not be brought up to date: {Reason}; trying again")]
    public static partial void FoldFailed(this ILogger logger, string reason);

    [LoggerMessage(3012, LogLevel.Warning, "Keys of past days, with which visitors without an id are told apart, are not deleted yet; the next try is in an hour")]
    public static partial void SaltsNotTurned(this ILogger logger, Exception error);

    [LoggerMessage(3013, LogLevel.Warning, "Blocks of site {SiteId} for {Day} could not be built: {Reason}; they are when they are asked for again")]
    public static partial void BlocksFailed(this ILogger logger, int siteId, DateOnly day, string reason);

    [LoggerMessage(3014, LogLevel.Error, "Keeping the store met an error that nobody expected; it goes on")]
    public static partial void KeepingBroke(this ILogger logger, Exception error);

    [LoggerMessage(3015, LogLevel.Error, "Events of site {SiteId} cannot be folded into its rollups; its statistics wait for that, and it is tried again")]
    public static partial void SiteFoldFailed(this ILogger logger, Exception error, int siteId);

    [LoggerMessage(3020, LogLevel.Error, "Site {SiteId} on {Day}: {Differences} differences between {Table} and the raw events were found and repaired")]
    public static partial void RecountDiffers(this ILogger logger, int siteId, DateOnly day, long differences, string table);

    [LoggerMessage(3021, LogLevel.Information, "Retention removed {Events} raw events of site {SiteId} before {From}")]
    public static partial void Retained(this ILogger logger, int siteId, long events, string from);

    [LoggerMessage(3022, LogLevel.Information, "Emptied the partition {Partition}: no site keeps what is in it")]
    public static partial void PartitionEmptied(this ILogger logger, string partition);
}
