namespace GrainAnalytics.Silo;

internal static partial class Log   // Silo: 5000-5999
{
    [LoggerMessage(5001, LogLevel.Warning, "The cluster's members could not be read: {Reason}; trying again")]
    public static partial void MembersNotRead(this ILogger logger, string reason);

    [LoggerMessage(5002, LogLevel.Warning, "Silo {Address}:{Port} was active by the cluster's table, does not listen and was silent for {Silent}: marked as dead")]
    public static partial void SiloBuried(this ILogger logger, string address, int port, TimeSpan silent);

    [LoggerMessage(5003, LogLevel.Critical, "The machine's clock was set back by {Back}: Orleans activates nothing until it is there again, so the silo ends; start it again")]
    public static partial void ClockSetBack(this ILogger logger, TimeSpan back);
}
