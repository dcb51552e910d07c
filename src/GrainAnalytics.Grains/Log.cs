using Microsoft.Extensions.Logging;

namespace GrainAnalytics.Grains;

internal static partial class Log   // Grains: 4000-4999
{
    [LoggerMessage(4004, LogLevel.Warning, "The live feed of site {SiteId} could not be renewed; trying again")]
    public static partial void LiveRenewalFailed(this ILogger logger, Exception error, int siteId);

    [LoggerMessage(4005, LogLevel.Debug, "A live state of site {SiteId} could not be published; the next one replaces it")]
    public static partial void LivePublishFailed(this ILogger logger, Exception error, int siteId);

    [LoggerMessage(4006, LogLevel.Debug, "Silo {Silo} could not be told that site {SiteId} is watched; trying again")]
    public static partial void AnnouncementFailed(this ILogger logger, Exception error, SiloAddress silo, int siteId);

    [LoggerMessage(4001, LogLevel.Debug, "The grain of a user of {Events} events could not be reached")]
    public static partial void AppendFailed(this ILogger logger, Exception error, int events);

    [LoggerMessage(4002, LogLevel.Debug, "Silo {Silo} did not take {Events} events; asking where their users live now: {Reason}")]
    public static partial void AskingAgain(this ILogger logger, SiloAddress silo, int events, string reason);

    [LoggerMessage(4003, LogLevel.Debug, "{Events} events found no silo within the time for an answer")]
    public static partial void NobodyTook(this ILogger logger, int events);

    [LoggerMessage(4007, LogLevel.Debug, "Silo {Silo} was not told that the spool here has events; it is told again in a second: {Reason}")]
    public static partial void SpoolNotAnnounced(this ILogger logger, SiloAddress silo, string reason);

    [LoggerMessage(4008, LogLevel.Warning, "The spool of silo {Silo} could not be asked for a user's events, the answer is partial: {Reason}")]
    public static partial void SpoolNotRead(this ILogger logger, SiloAddress silo, string reason);

    [LoggerMessage(4009, LogLevel.Debug, "A lookup reads the database, because the silo that holds what was asked for does not answer: {Reason}")]
    public static partial void ReadingStore(this ILogger logger, string reason);

    [LoggerMessage(4020, LogLevel.Warning, "Silo {Silo} could not be told that site {SiteId} was changed; it finds out within a minute")]
    public static partial void ChangeNotTold(this ILogger logger, Exception error, SiloAddress silo, int siteId);
}
