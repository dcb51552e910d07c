namespace GrainAnalytics.Web;

internal static partial class Log   // Web: 4000-4999
{
    [LoggerMessage(4001, LogLevel.Error, "A request failed")]
    public static partial void RequestFailed(this ILogger logger, Exception error);

    [LoggerMessage(4002, LogLevel.Debug, "A lookup was answered 503 because the database is away: {Reason}")]
    public static partial void StoreAway(this ILogger logger, string reason);

    [LoggerMessage(4003, LogLevel.Warning, "Metrics could not be collected")]
    public static partial void MetricsFailed(this ILogger logger);

    [LoggerMessage(4004, LogLevel.Critical, "The server stops, because it cannot use this database: {Reason}")]
    public static partial void StoreUnusable(this ILogger logger, string reason);

    [LoggerMessage(4005, LogLevel.Warning, "There is no spool: while the database is away, events are refused with 503. Spool:Path or Data:Path sets its folder")]
    public static partial void NoSpool(this ILogger logger);

    [LoggerMessage(4006, LogLevel.Error, "The job worker ended; the server runs no jobs until it is started again")]
    public static partial void JobsEnded(this ILogger logger, Exception error);

    [LoggerMessage(4007, LogLevel.Warning, "A user was not erased, or not everywhere: {Reason}")]
    public static partial void UserNotErased(this ILogger logger, string reason);

    [LoggerMessage(4008, LogLevel.Error, "Work in the background met an error that nobody expected; it goes on")]
    public static partial void BackgroundBroke(this ILogger logger, Exception error);
}
