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
}
